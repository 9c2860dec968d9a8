"""The page on declared sentences says what code reads in them."""

import re
from pathlib import Path
from typing import Final

from app.policy.policies import load
from dsl.sentences.kinds import KINDS
from dsl.testing.run import run
from tests.dsl.sentences.corpus import ASKING, FILES, TOOLS, Declared, lines, shown

PAGE: Final = (Path(__file__).parents[2] / "docs" / "declared.md").read_text("utf-8")
_ROW: Final = re.compile(r"^\| `(\w+) (forbids|permits)` \| (.+?) \| (.+) \|$", re.MULTILINE)
_FIGURES: Final = re.compile(r"^\| [^|]+ \| (\d+) of (\d+) \| (\d+) of (\d+) \|$", re.MULTILINE)


def read(kind: str, polarity: str, sentence: str) -> set[str]:
    """Return what a sentence means in rules on each tool alone, and on all of them."""
    effect = "ask" if kind in ASKING else "deny"
    rules = (Declared(sentence, kind, polarity, tools, effect) for tools in (*TOOLS.by_name, "*"))
    return {shown(one) for one in rules}


def test_each_kind_has_its_row_and_means_what_it_says() -> None:
    """All 25 in the order of the list; the one that lists tools says so in words."""
    rows = _ROW.findall(PAGE)
    assert [kind for kind, *_ in rows] == list(KINDS)
    for kind, polarity, sentence, means in rows:
        if kind != "read_only":
            assert means.strip("`") in read(kind, polarity, sentence), sentence


def test_the_policy_on_the_page_holds_its_tests(tmp_path: Path) -> None:
    """Without any guard."""
    blocks = re.findall(r"^```(json|bar).*?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for (kind, text), name in zip(blocks, ("bank.tools.json", "bank.bar"), strict=True):
        assert name.endswith(kind)
        (tmp_path / name).write_text(text, "utf-8")
    (bound,) = load([tmp_path]).bound
    report = run(bound)
    assert (report.passed, len(report.results)) == (True, 2)


def test_the_figures_count_the_sentences_that_are_there() -> None:
    """Each set has so many; what is read of all today is what the last row says."""
    sets = [list(lines(name)) for name in FILES]
    counted = [(len(one), sum(line.right is not None for line in one)) for one in sets]
    told = [tuple(map(int, row)) for row in _FIGURES.findall(PAGE)]
    assert [(wrong, right) for _, wrong, _, right in told[:-1]] == counted

    every = [line for one in sets for line in one]
    caught = sum(shown(line.wrong).startswith("!") for line in every)
    right = [line.right for line in every if line.right]
    known = sum(not shown(one).startswith("!") for one in right)
    assert told[-1] == (caught, len(every), known, len(right))

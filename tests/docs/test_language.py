"""Every example of the pages about the language is read, laid out, linted and run."""

import re
from pathlib import Path

import pytest
from lark.lexer import PatternStr

from dsl import format as layout
from dsl import kinds, parse, toolspec
from dsl.build.expressions import AGGREGATES, ROOTS
from dsl.build.questions import ORIGINS, PAST, PAST_FIELDS, SCORES
from dsl.errors import Source
from dsl.evaluation import interpolate
from dsl.evaluation.origin import QUESTIONS
from dsl.interpret import Bound
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.model import Cause
from dsl.testing.run import run
from tests.expect import HEADER

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("language*.md"))
TEXT = "\n".join(page.read_text("utf-8") for page in PAGES)
BLOCKS = re.findall(r"^```(\w*)([^\n]*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
POLICIES = [body for kind, _, body in BLOCKS if kind == "bar"]
# Tools files that are shown with a name, which the policies beside them use.
FILES = {words.partition("file=")[2]: body for kind, words, body in BLOCKS if kind == "json"}
FENCES = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LETTERS = re.compile(r"[a-z_]+")
TEXTS = re.compile(r'"[^"\n]*"|#.*')
ONE_OF = re.compile(r"\(\?:[a-z_|]+\)")


def first_line(body: object) -> str:
    """Name an example by its first line."""
    return str(body).partition("\n")[0]


def table(heading: str) -> list[list[str]]:
    """Return the rows of the first table below a heading, without its own first row."""
    below = TEXT.partition(f"\n{heading}\n")[2]
    lines = [line for line in below.partition("\n#")[0].splitlines() if line.startswith("| ")]
    assert lines, heading
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def source(body: str) -> Source:
    """Return an example as a file; one without a header gets one."""
    headed = body.startswith(("policy", "overlay"))
    return Source("docs/language.md", body if headed else f"{HEADER}\n{body}")


def bound(text: Source) -> Bound:
    """Return an example ready to judge, with the tools of the page or of the starter."""
    policy = parse.parse(text)
    if policy.tools_file is None:
        return Bound(policy)
    file = policy.tools_file.file
    shown = FILES.get(file) or (ROOT / "examples" / "starter" / file).read_text("utf-8")
    return Bound(policy, toolspec.read(Source(file, shown)))


@pytest.mark.parametrize("body", POLICIES, ids=first_line)
def test_every_example_is_what_the_linter_and_the_printer_want(body: str) -> None:
    """Each block is a policy without a finding, laid out as `drawbar fmt` does."""
    text = source(body)
    one = bound(text)

    assert layout.reformat(text) == text.text
    assert lint(Unit(text, one.policy, (), one.tools)) == []


@pytest.mark.parametrize("body", POLICIES, ids=first_line)
def test_every_test_in_an_example_passes(body: str) -> None:
    """What the examples say happens, happens."""
    report = run(bound(source(body)))

    assert [failure for result in report.results for failure in result.failures] == []


def test_examples_prove_what_is_explained() -> None:
    """Enough of the examples bring tests of their own."""
    assert sum("\ntest " in body for body in POLICIES) >= 20


def test_every_tools_file_is_read() -> None:
    """The tools files shown are ones that can be used."""
    files = [body for kind, _, body in BLOCKS if kind == "json"]

    assert files
    for body in files:
        assert toolspec.read(Source("t.json", body)).by_name


def test_every_condition_in_the_table_is_one() -> None:
    """The first column of the table of tests holds conditions as they are written."""
    shown = TEXT.partition("### Tests")[2].partition("\n\nNumbers")[0]
    written = re.findall(r"^\| `([^`]+)` \|", shown, re.MULTILINE)

    assert len(written) >= 13
    for condition in written:
        parse.parse(Source("p.bar", f"{HEADER}rule r: deny * when {condition};"))


def test_every_word_of_the_grammar_is_explained() -> None:
    """Each keyword stands on the pages in code."""
    quoted = re.findall(r"`([^`\n]+)`", FENCES.sub("", TEXT))
    shown = set(LETTERS.findall(" ".join([*quoted, *POLICIES])))

    assert {"except", "retry", "present", "ends_with", "forbids", "overlay"} <= keywords()
    assert keywords() - shown == set()


def test_every_word_stands_in_an_example_that_is_run() -> None:
    """Keywords, origins, questions and values are each used in a policy on the pages."""
    words = {*keywords(), *ORIGINS, *PAST, *PAST_FIELDS, *SCORES, *ROOTS, *AGGREGATES, *QUESTIONS}
    used = set(LETTERS.findall(" ".join(TEXTS.sub("", body) for body in POLICIES)))
    written_by_hand_alone = {"language"}  # the printer leaves out what holds anyway

    assert words - used == written_by_hand_alone


def keywords() -> set[str]:
    """Return every word that the grammar knows."""
    patterns = [terminal.pattern for terminal in parse.grammar().terminals]
    words = {p.value for p in patterns if isinstance(p, PatternStr) and LETTERS.fullmatch(p.value)}
    choices = [p.value for p in patterns if ONE_OF.fullmatch(p.value)]
    return words | set(LETTERS.findall(" ".join(choices)))


def test_every_cause_of_unknown_is_explained() -> None:
    """Each cause has its row, in the order of the code, and no row is left over."""
    assert [row[0].strip("`") for row in table("## Causes of unknown")] == [str(c) for c in Cause]


def test_every_cause_stands_where_it_arises() -> None:
    """What can be unknown is said beside the construct too, not in the table alone."""
    beside = TEXT.replace(TEXT.partition("\n## Causes of unknown\n")[2].partition("\n## ")[0], "")
    usual = {Cause.WRONG_TYPE, Cause.OVERFLOW, Cause.DIVISION_BY_ZERO, Cause.TOO_MUCH}

    assert {c for c in Cause if f"`{c}`" not in beside} <= usual


def test_every_kind_is_explained_with_two_spellings_of_one_value() -> None:
    """Each kind has its row, and the two spellings on it are equal."""
    rows = table("### Kinds")

    assert [row[0].strip("`") for row in rows] == list(kinds.NAMES)
    for kind, _, spellings in rows:
        left, right = re.findall(r"`([^`]+)`", spellings)
        form = kinds.read(left, kind.strip("`"))
        assert left != right
        assert (form, form) == (form, kinds.read(right, kind.strip("`")))
        assert form is not None


def test_every_value_that_a_reply_may_show_is_named() -> None:
    """The page lists what the code lets a reply show."""
    below = TEXT.partition("### Replies with values in them\n")[2].partition("\n```")[0]

    assert [root for root in interpolate.ROOTS if f"`{root}`" not in below] == []

"""What is read sooner than Lark reads it is what Lark's tree would be turned into."""

import random
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from lark import Lark

from dsl import parse, syntax, tables
from dsl.build import driver
from dsl.build.builder import Builder
from dsl.errors import Finding
from dsl.show import statements as show_statements
from dsl.split import cuts
from tests.dsl import drawing

ROOT = Path(__file__).parents[3]
MUTANTS = 1_000
MOST = 300


def _found(text: str) -> Any:
    here = parse._driver()
    assert here is not None
    return here.read(text)


def _whole(part: Any) -> Any:
    """Return a tree with its places and the types of its values, which equality passes over."""
    if is_dataclass(part):
        return type(part), [_whole(getattr(part, field.name)) for field in fields(part)]
    if isinstance(part, tuple | list):
        return type(part), [_whole(one) for one in part]
    if isinstance(part, dict):
        return dict, [(key, _whole(value)) for key, value in part.items()]
    return type(part), part


def _same(text: str) -> bool:
    """Hold both readers against each other; tell whether the quicker one read it."""
    found, law = _found(text), parse._by_lark(text)
    if found is None:
        return False
    assert _whole(law) == _whole(found)
    return True


def _written() -> list[str]:
    """Return some statements of the policies that lie in the repository."""
    folders = ("examples", "tests/corpus", "bench", "app", "docs")
    files = sorted(file for one in folders for file in (ROOT / one).rglob("*.bar"))
    texts = [file.read_text("utf-8") for file in files]
    found = list(dict.fromkeys(text[start:end] for text in texts for start, end in cuts(text)))
    return random.Random(7).sample(found, MOST)  # noqa: S311 - the same ones each time


@pytest.fixture(scope="module")
def written() -> list[str]:
    return _written()


@pytest.mark.locked
def test_the_tables_are_walked_without_lark() -> None:
    """With the locked Lark the quicker reader is there."""
    assert parse._driver() is not None


def test_every_policy_of_the_repository_is_read_as_lark_reads_it(written: list[str]) -> None:
    """All that can be read goes the quick way, and means the same to the last place."""
    left = [text for text in written if not _same(text)]

    assert len(left) < len(written) // 10
    assert all(isinstance(parse._by_lark(text), Finding) for text in left)


@drawing.law(60)
@given(tree=drawing.layers())
def test_drawn_statements_are_read_as_lark_reads_them(tree: syntax.Policy) -> None:
    """What the language can say goes the quick way, and means the same to the last place."""
    for statement in tree.statements:
        assert _same(show_statements.show(statement))


def test_broken_statements_are_left_to_lark(written: list[str]) -> None:
    """Whatever somebody mistypes: what the quick way reads, Lark reads the same."""
    drawn = random.Random(7)  # noqa: S311 - the same mistakes each time
    read = sum(_same(_spoilt(drawn, drawn.choice(written))) for _ in range(MUTANTS))

    assert 0 < read < MUTANTS


def _spoilt(drawn: random.Random, text: str) -> str:
    at = drawn.randrange(len(text))
    to = min(len(text), at + drawn.randrange(1, 9))
    words = (
        *text.split(),
        "/x/",
        '"',
        "\\",
        "#",
        "\u00e9",
        "9" * 41,
        "1.5%",
        "2026-02-30",
        "(",
        ")",
    )
    return drawn.choice(
        (
            text[:at] + text[to:],
            text[:at] + drawn.choice(words) + text[at:],
            f"{text[:at]} {drawn.choice(words)} {text[at:]}",
            text[:at] + text[at:to] + text[at:],
            text[:at],
        )
    )


@pytest.mark.parametrize("levels", [parse.MAX_NESTING - 3, parse.MAX_NESTING + 3, 5_000])
def test_nesting_is_bounded_as_lark_bounds_it(levels: int) -> None:
    """What is nested too deeply for one way is so for the other."""
    deep = "rule r: deny x when " + "not (" * levels + "args.a" + ")" * levels + ";"

    assert _same(deep) is (levels < parse.MAX_NESTING)


def test_a_grammar_of_another_make_is_left_to_lark() -> None:
    """Where a rule has no method, there is no quicker way, and no error either."""
    assert driver.made(tables.build(), object(), parse.MAX_NESTING) is None
    assert driver.made(Lark('start: "a"'), Builder(0), parse.MAX_NESTING) is None


def test_tables_of_another_lark_are_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version may number its states otherwise: then Lark reads everything."""
    monkeypatch.setattr(tables, "_fits", lambda: {"grammar": "x", "lark": "y"})

    assert not tables.are_known()
    assert parse._driver.__wrapped__() is None

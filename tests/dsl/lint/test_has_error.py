"""Asking for errors alone says what the whole linter says of them."""

from pathlib import Path

import pytest

from dsl import parse
from dsl.errors import Source
from dsl.lint.rule import Unit
from dsl.lint.run import has_error, lint

CORPUS = Path(__file__).parents[2] / "corpus" / "lint"
FILES = sorted(CORPUS.glob("*/*.bar"))


@pytest.mark.parametrize("file", FILES, ids=lambda one: f"{one.parent.name}-{one.stem}")
def test_an_error_is_one_for_both(file: Path) -> None:
    """In every policy of the corpus: an error is found where the whole linter finds one."""
    source = Source(file.name, file.read_text("utf-8"))
    policy, broken = parse.read(source)
    unit = Unit(source, policy, tuple(broken))
    whole = lint(unit)
    suppressed = "lint: ignore" in source.text

    assert has_error(unit) is any(one.level == "error" for one in whole) or suppressed

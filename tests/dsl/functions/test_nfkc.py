"""The function `nfkc`."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.functions.nfkc import FUNCTION, apply
from dsl.model import Cause
from dsl.types import Type
from tests.dsl import drawing


def test_identity() -> None:
    """A text gives a text."""
    assert (FUNCTION.name, FUNCTION.takes, FUNCTION.gives) == ("nfkc", (Type.TEXT,), Type.TEXT)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("\uff21\uff22", "AB"),
        ("\ufb01le", "file"),
        ("e\u0301", "\u00e9"),
        ("x\u00b2", "x2"),
        ("Ada", "Ada"),
        ("", ""),
    ],
)
def test_compatible_letters_become_plain(text: str, form: str) -> None:
    """Width, ligatures and composition do not matter afterwards; case does."""
    assert apply(text) == form


@pytest.mark.parametrize("text", ["a" + "\u0301" * 31, "a" + "\u0f73" * 20000, "\ufdfa" * 6000])
def test_texts_made_to_cost_time_are_unknown(text: str) -> None:
    """Stacked marks would take quadratic time."""
    assert apply(text) is Cause.UNREADABLE


@drawing.law(300)
@given(text=st.text())
def test_it_is_what_unicode_says(text: str) -> None:
    """An ordinary text is given as the standard has it."""
    assert apply(text) in (unicodedata.normalize("NFKC", text), Cause.UNREADABLE)

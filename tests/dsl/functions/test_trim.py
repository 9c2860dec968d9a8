"""The function `trim`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.functions.trim import FUNCTION, apply
from dsl.types import Type
from tests.dsl import drawing


def test_identity() -> None:
    """A text gives a text."""
    assert (FUNCTION.name, FUNCTION.takes, FUNCTION.gives) == ("trim", (Type.TEXT,), Type.TEXT)


@pytest.mark.parametrize(
    ("text", "trimmed"),
    [
        ("  ada ", "ada"),
        ("\tada\n", "ada"),
        ("\u00a0\u3000ada\u2009", "ada"),
        ("a b", "a b"),
        (" ", ""),
    ],
)
def test_white_space_at_both_ends_goes(text: str, trimmed: str) -> None:
    """Whatever Unicode calls white space goes, inside it stays."""
    assert apply(text) == trimmed


def test_hidden_characters_stay() -> None:
    """A zero-width character is no white space: `trim` does not make a forged text a good one."""
    assert apply("\u200bada") == "\u200bada"


@drawing.law(200)
@given(text=st.text())
def test_trimming_twice_is_trimming_once(text: str) -> None:
    """Nothing is left to take away, and nothing is raised."""
    assert apply(apply(text)) == apply(text)

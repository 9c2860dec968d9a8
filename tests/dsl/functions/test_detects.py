"""The function `detects`."""

import pytest

from dsl.detect.registry import names
from dsl.functions import detects
from dsl.model import Cause
from dsl.types import Type


def test_it_takes_two_texts_and_gives_a_truth_value() -> None:
    """The value and the name of the detector."""
    assert detects.FUNCTION.name == "detects"
    assert detects.FUNCTION.takes == (Type.TEXT, Type.TEXT)
    assert detects.FUNCTION.gives is Type.TRUTH


def test_the_example_holds() -> None:
    """What the documentation shows is so."""
    assert detects.apply("Card 4111 1111 1111 1111", "card") is True
    assert detects.apply("Card 4111 1111 1111 1112", "card") is False


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("text", ["", "plain", "\ud800", "\0"])
def test_every_detector_answers(name: str, text: str) -> None:
    """A text without anything to find gives false, whatever stands in it."""
    assert detects.apply(text, name) is False


@pytest.mark.parametrize("name", ["", "PII", "nothing", "pii "])
def test_an_unknown_detector_is_unknown(name: str) -> None:
    """A misspelt name never lets anything through."""
    assert detects.apply("4111 1111 1111 1111", name) is Cause.UNREADABLE

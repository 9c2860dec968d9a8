"""Exact arithmetic at its edges."""

from datetime import timedelta

from dsl.evaluation.numbers import negate
from dsl.model import Cause


def test_turning_a_sign_never_raises() -> None:
    """The longest duration below zero has no opposite; every other one has."""
    assert negate(timedelta.min) is Cause.OVERFLOW
    assert negate(timedelta(hours=1)) == timedelta(hours=-1)
    assert negate(3) == -3
    assert negate("3") is Cause.WRONG_TYPE

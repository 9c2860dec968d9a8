"""Kleene's three-valued logic."""

import itertools

import pytest

from dsl.model import Cause
from dsl.types import Truth, Unknown, all_of, any_of, is_number, negate

U = Unknown(Cause.MISSING, "args.a")
V = Unknown(Cause.WRONG_TYPE, "args.b")


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, U, U, True),
        (False, False, False, False),
        (False, U, False, U),
        (U, U, U, U),
        (U, V, U, U),
    ],
)
def test_tables(left: Truth, right: Truth, both: Truth, either: Truth) -> None:
    """One false settles `and`, one true settles `or`; else the first unknown stands."""
    assert both == all_of((left, right))
    assert either == any_of((left, right))


def test_order_settles_nothing_but_which_unknown_is_named() -> None:
    """`and` and `or` are symmetric up to the unknown they name."""
    truths: tuple[Truth, ...] = (True, False, U, V)
    for values in itertools.product(truths, repeat=3):
        for turned in itertools.permutations(values):
            for join in (all_of, any_of):
                assert _kind(join(values)) == _kind(join(turned))


def _kind(truth: Truth) -> object:
    return "unknown" if isinstance(truth, Unknown) else truth


def test_de_morgan() -> None:
    """`not (a and b)` is `not a or not b`, with unknowns too."""
    truths: tuple[Truth, ...] = (True, False, U)
    for a, b in itertools.product(truths, repeat=2):
        assert negate(all_of((a, b))) == any_of((negate(a), negate(b)))


def test_an_unknown_is_no_truth_value() -> None:
    """Using an unknown as if it were true or false is an error of ours, found at once."""
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(U)


def test_truth_values_are_no_numbers() -> None:
    """Python counts truth values among the integers; the language does not."""
    assert is_number(1)
    assert not is_number(value=True)
    assert not is_number("1")

"""What rules changed comes back in the caller's own types, and no digit is lost."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawbar import exact
from drawbar.restoring import restored

NEAR = 0.1  # holds a little more than that

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
)


def _wire(value: Any) -> Any:
    return exact.read(exact.write({"v": value}))["v"]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


@given(values)
def test_what_was_not_changed_is_the_callers_own(value: Any) -> None:
    """A value that went to the gateway and came back as it was has the types it had."""
    assert _same(restored(value, _wire(value)), value)


@given(values, values)
def test_whatever_was_there_the_changed_value_is_what_comes_out(
    original: Any, changed: Any
) -> None:
    """What is run or shown says on the wire exactly what the gateway said."""
    assert _wire(restored(original, _wire(changed))) == _wire(changed)


@pytest.mark.parametrize(
    ("original", "changed", "expected"),
    [
        (1.5, Decimal("2.5"), 2.5),
        (1.5, 2, 2.0),
        (1.5, Decimal("0.10000000000000000001"), Decimal("0.10000000000000000001")),
        (NEAR, Decimal(NEAR), Decimal(NEAR)),
        (Decimal("1.50"), 2, Decimal(2)),
        (7, Decimal("2.5"), 2.5),
        (7, 8, 8),
        (1.0, 2**53 + 1, 2**53 + 1),
        (1.0, 10**400, 10**400),
        (True, 1, 1),
        (1, True, True),
        ("x", 3, 3),
        (None, Decimal("0.1"), 0.1),
        ((1, 2.0), [1, Decimal("3.0")], (1, 3.0)),
        ((1, 2), [1], [1]),
        ({"a": (1,), "b": 2}, {"a": [1], "c": 3}, {"a": (1,), "c": 3}),
    ],
)
def test_a_changed_number_is_of_the_callers_kind_if_that_holds_it(
    original: Any, changed: Any, expected: Any
) -> None:
    """A float stays a float where no digit is lost; else the number comes as it is."""
    made = restored(original, changed)

    assert made == expected
    assert type(made) is type(expected)

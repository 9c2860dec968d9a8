"""Ids compare without regard to case, and by nothing else."""

from decimal import Decimal

import pytest

from dsl.canonical.id import canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("INV-2026-7", "inv-2026-7"),
        (" a1 ", "A1"),
        ("\uff21\uff11", "a1"),
        ("a\u200b1", "a1"),
        (42, "42"),
        (Decimal("42.0"), "42"),
        (-3, "-3"),
    ],
)
def test_notations_of_one_id(one: object, other: object) -> None:
    """Case, width, hidden characters and white space around it make no other id."""
    assert canonical(one) == canonical(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [("INV-7", "INV7"), ("007", "7"), ("a b", "ab"), ("a_1", "a-1"), ("1.0", 1), ("l1", "11")],
)
def test_other_ids_stay_others(one: object, other: object) -> None:
    """No character inside an id is read over, and a text is not read as a number."""
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("value", ["", "  ", "a\x00b", "a\nb", "a\x7f", 10**40, Decimal("NaN")])
def test_no_id(value: object) -> None:
    """Control characters, nothing, and numbers beyond the bounds are no ids."""
    assert canonical(value) is None

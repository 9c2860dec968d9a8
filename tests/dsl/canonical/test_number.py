"""Numbers are exact, and read only where no two readers would differ."""

from decimal import Decimal

import pytest

from dsl.canonical.number import canonical


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (5, "5"),
        (-5, "-5"),
        (Decimal("5.00"), "5"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.0"), "0"),
        (10**40 - 1, "9" * 40),
        ("5", "5"),
        (" 5 ", "5"),
        ("1.234", "1.234"),
        ("1e3", "1000"),
        ("007", "7"),
        ("\u22125", "-5"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("1 234", "1234"),
        ("1\u202f234,5", "1234.5"),
        ("1'234.50", "1234.5"),
        ("12,5", "12.5"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        ("-1,234.5", "-1234.5"),
    ],
)
def test_one_number_has_one_form(value: object, form: str) -> None:
    """However it is written, a number is written plainly."""
    assert canonical(value) == form


@pytest.mark.parametrize(
    "value",
    [
        *("1,234", "12,345", "-1,234", "1,23,456", "1,2345,678", "1.234.50", "1,234,5", "1 2"),
        *("", "-", ".5", "5.", "+5", "1e", "1e99", "0x10", "1_000", "NaN", "Infinity", "- 5", "5%"),
        *("\uff15", "\u0665", "10\u00b2", "\u00bd", "1/2", "five", "1,234.567.8", "0,123,456"),
        *("1" * 41, "0." + "1" * 41, "1" * 5000),
        *(10**40, Decimal("NaN"), Decimal("Infinity"), Decimal("1e64"), Decimal("1e-64")),
    ],
)
def test_what_could_be_two_numbers_is_none(value: object) -> None:
    """`1,234` is a thousand or a bit over one; other digits and numbers out of bounds are none."""
    assert canonical(value) is None


def test_a_huge_number_is_refused_at_once() -> None:
    """A number whose text would take long to write is never written."""
    assert canonical(10**100_000) is None

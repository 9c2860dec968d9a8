"""Amounts of money, read as numbers whatever their currency."""

from decimal import Decimal

import pytest

from dsl.canonical.money import canonical


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (50, "50"),
        (Decimal("50.00"), "50"),
        ("50", "50"),
        ("50.00", "50"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("EUR 50", "50"),
        ("eur 50", "50"),
        ("50 EUR", "50"),
        ("50 €", "50"),
        ("50€", "50"),
        ("€50", "50"),
        ("$1,234.50", "1234.5"),
        ("US$50", "50"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("\u22125 €", "-5"),
        ("50 dollars", "50"),
        ("1 euro", "1"),
        ("CHF 1'234.50", "1234.5"),
        ("1\u00a0234,50\u00a0€", "1234.5"),
        ("1,234,567 GBP", "1234567"),
        ("0.125", "0.125"),
        ("1234.567", "1234.567"),
    ],
)
def test_one_amount_has_one_form(value: object, form: str) -> None:
    """Separators and the currency beside it make no other amount."""
    assert canonical(value) == form


@pytest.mark.parametrize(
    "value",
    [
        *("1,234", "1.234", "$1,234", "1.234 €", "-1.234", "12,345 USD"),
        *("", "€", "EUR", "EUR50USD", "$50 EUR", "50 cents", "50¢", "50k", "50 cats", "May 50"),
        *("five dollars", "50 $ 60", "50-60 €", "--5", "-$-5", "50 € each", "\uff15\uff10 €"),
        *("5 u\u017fd", "50%", Decimal("NaN"), "1" * 50, "$" + "1" * 200),
    ],
)
def test_what_could_be_two_amounts_is_none(value: object) -> None:
    """One reader's thousand is the other's one and a bit; text around it may change the amount."""
    assert canonical(value) is None


def test_three_exact_decimals_are_told_from_thousands() -> None:
    """A JSON number has no thousands separator, and its form cannot be taken for one."""
    form = canonical(Decimal("1.234"))

    assert form == canonical(form) == "1.2340"
    assert form != canonical(1234)

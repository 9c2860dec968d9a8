"""Accounts are equal however their IBAN is spaced."""

import pytest

from dsl.canonical.iban import canonical

GERMAN = "DE89370400440532013000"


@pytest.mark.parametrize(
    "text",
    [
        *("DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "de89370400440532013000"),
        *(
            "DE89-3704-0044-0532-0130-00",
            " DE89 37040044 0532013000\n",
            "DE89\u00a03704004405320130 00",
        ),
        *("DE89\u200b3704004405320130\ufeff00", "\u202aDE89370400440532013000\u202c"),
    ],
)
def test_notations_of_one_account(text: str) -> None:
    """Spaces, hyphens, case and hidden characters make no other account."""
    assert canonical(text) == GERMAN


@pytest.mark.parametrize("text", ["GB29NWBK60161331926819", "FR1420041010050500013M02606"])
def test_other_countries(text: str) -> None:
    """Every country of the register has its own length and structure."""
    assert canonical(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *("DE89370400440532013001", "DE88370400440532013000", "DE8937040044053201300"),
        *("DE893704004405320130000", "DE98370400440532013000", "XX89370400440532013000", ""),
        *("US133000000121212121212", "89370400440532013000", "IBAN DE89370400440532013000"),
        *("DE89370400440532013000.", "DE89_370400440532013000", "D\u0415" + GERMAN[2:]),
        *("\uff24\uff25" + GERMAN[2:], GERMAN[:-1] + "\u0660", GERMAN[:-1] + "O", GERMAN * 2),
        *("DE89\x00370400440532013000", "DE89 3704 0044 0532 0130 00" + " " * 100),
    ],
)
def test_no_account(text: str) -> None:
    """Wrong check digits, countries, lengths and look-alike letters have no form."""
    assert canonical(text) is None

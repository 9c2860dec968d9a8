"""Names are equal however they are written and inflected."""

import pytest

from dsl.canonical.name import canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice Baker", "alice  baker"),
        ("Alice Baker", "Alice Baker's"),
        ("Alice Baker", "Alice Baker\u2019s"),
        ("James", "James'"),
        ("Alice", "Alice\uff07s"),
        ("O'Brien", "O\u2019BRIEN"),
        ("Jose\u0301", "JOSÉ"),
        ("Alice", "Al\u200bice"),
        ("file.txt", "FILE.TXT"),
    ],
)
def test_notations_of_one_name(one: str, other: str) -> None:
    """Case, white space, apostrophes and the possessive make no other name."""
    assert canonical(one) == canonical(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice", "Alices"),
        ("Alice's Bakery", "Alice Bakery"),
        ("Ann Lee", "Annlee"),
        ("Ann-Lee", "Ann Lee"),
        ("Jose", "José"),
        ("\u0410lice", "Alice"),
    ],
)
def test_other_names_stay_others(one: str, other: str) -> None:
    """A possessive inside, an accent or a letter of another script is part of the name."""
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("text", ["", "'s", "'", " 's ' ", "\u2019s"])
def test_no_name_is_left(text: str) -> None:
    """A possessive of nobody is no name."""
    assert canonical(text) is None

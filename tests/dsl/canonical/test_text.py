"""Texts are equal when people read them as equal."""

import sys
import unicodedata

import pytest

from dsl.canonical.text import canonical, compatible, fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rent  March", " rent\tmarch\n"),
        ("caf\u00e9", "CAFE\u0301"),
        ("\uff32\uff45\uff4e\uff54", "rent"),
        ("of\ufb01ce", "office"),
        ("Straße", "STRASSE"),
        ("re\u00adnt", "rent"),
        ("r\u200be\u2060n\ufefft", "rent"),
        ("a\u00a0b", "a b"),
        ("a\u3000b", "a b"),
    ],
)
def test_notations_of_one_text(one: str, other: str) -> None:
    """Case, width, hidden characters and white space make no other text."""
    assert canonical(one) == canonical(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [("rent", "rents"), ("a b", "ab"), ("a-b", "a b"), ("resume", "résumé"), ("p\u0430y", "pay")],
)
def test_other_texts_stay_others(one: str, other: str) -> None:
    """Accents, punctuation and look-alike letters of another script do make another text."""
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u200b"])
def test_an_empty_text_has_no_form(text: str) -> None:
    """Nothing would be found everywhere."""
    assert canonical(text) is None


def test_folding_is_bounded() -> None:
    """Marks stacked without end, and letters that become eighteen, are refused; a few are not."""
    assert compatible("a" + "\u0301" * 30) is not None
    assert compatible("a" + "\u0301" * 31) is None
    assert compatible("\ufdfa") is not None
    assert compatible("\ufdfa" * 1000) is None


@pytest.mark.parametrize(("large", "size"), [("\u2026", 3), ("\u3300", 4), ("\u00bd", 3)])
def test_growth_is_bounded(large: str, size: int) -> None:
    """A text may become twice as long and a hundred letters more; one letter more is refused."""
    most = 100 // (size - 2)

    assert len(compatible(large * most) or "") == 2 * most + 100
    assert compatible(large * (most + 1)) is None


def test_a_fold_of_the_case_is_bounded() -> None:
    """Letters that fold into three are refused where there are many; those of words are not."""
    assert fold("\u0390" * 100) is not None
    assert fold("\u0390" * 101) is None
    assert fold("Ma\u00df" * 1_000) == "mass" * 1_000


def test_every_mark_counts() -> None:
    """No mark of any script can be stacked without end, alone or among others."""
    marks = [one for one in map(chr, range(sys.maxunicode + 1)) if unicodedata.combining(one)]

    assert [one for one in marks if compatible("a" + one * 31) is not None] == []
    assert [one for one in marks if compatible("a" + one * 15) is None] == []

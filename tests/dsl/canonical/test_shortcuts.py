"""What is told without a library, or a pass over a text, is what these would tell."""

import re
from typing import Any

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban

from dsl.canonical import host, iban, money, number, path, phone, text, url
from tests.dsl import drawing

CODES = sorted(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
# Codes of countries, those that are none, and what is dialled before numbers inside a country.
dialled = st.builds(
    "+{}{}{}".format,
    st.sampled_from(CODES) | st.text("0123456789", max_size=3),
    st.sampled_from(("", "", "0", "00", "1", "8", "06", "15", "183", "000", "003768")),
    st.text("0123456789", max_size=16),
)


def spelled(number: str, signs: list[str]) -> str:
    """Put signs behind the characters of a number."""
    behind = (*signs, *[""] * len(number))
    return "".join(one + sign for one, sign in zip(number, behind, strict=False))


@drawing.law(2_000)
@given(dialled, st.lists(st.sampled_from((*" ()./-\u00a0\u2010\u2013\u202f+x", "", "", ""))))
def test_a_telephone_number_is_what_the_library_says(number: str, signs: list[str]) -> None:
    """However it is spelled, and whether or not it is one."""
    written = spelled(number, signs)
    read = phone._DIALLED.fullmatch(written.strip()) and len(written) <= 40

    expected = phone._by_the_library(written.strip()) if read else None

    assert phone.canonical(written) == expected


@pytest.mark.parametrize("code", CODES)
def test_numbers_of_every_country_are_what_the_library_says(code: str) -> None:
    """Of every length, and with every beginning that a country may have to be dialled in it."""
    for begin in ("", "0", "1", "5", "8", "9"):
        for length in range(17 - len(begin)):
            number = f"+{code}{begin}{'2345678901234567'[:length]}"
            assert phone.canonical(number) == phone._by_the_library(number)


def account(country: str, fill: str) -> str:
    """Return a number of a country's own shape with the right check digits."""
    shape = "".join(one[1] * count for one, count in iban.structure(country))
    kinds = {"0": "0123456789", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    rest = "".join(kinds[one][ord(fill[at]) % len(kinds[one])] for at, one in enumerate(shape))
    return f"{country}{stdnum_iban.calc_check_digits(f'{country}00{rest}')}{rest}"


COUNTRIES = [
    pair
    for pair in (a + b for a in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if iban.structure(pair)
]


@drawing.law(1_000)
@given(
    st.sampled_from(COUNTRIES),
    st.text("0123456789ABCXYZ", min_size=40, max_size=40),
    st.sampled_from((0, 0, 0, 1, -1, 2)),
    st.integers(2, 14),
    st.sampled_from("0123456789AZ"),
)
def test_an_account_is_what_the_library_says(
    country: str, fill: str, length: int, place: int, other: str
) -> None:
    """As it should be, with another character at one place, and too short or too long."""
    right = account(country, fill)
    longer = right[:length] if length < 0 else right + "0" * length
    numbers = (right, longer, right[:place] + other + right[place + 1 :], f"XX{right[2:]}")

    assert iban.canonical(right) == right
    for one in numbers:
        likely = iban._IBAN.fullmatch(one)
        valid = likely and stdnum_iban.is_valid(one, check_country=False)
        assert iban.canonical(one) == (one if valid else None)


@drawing.law(1_000)
@given(st.text(st.characters(max_codepoint=127)) | st.text("aB %/.@\u00e9\u200b\u0130"))
def test_what_is_ascii_hides_nothing_and_folds_to_small_letters(written: str) -> None:
    """No hidden character, and none that has another form, is ASCII."""
    assert text.hides(written) is (text.HIDDEN.search(written) is not None)
    if written.isascii():
        assert text.HIDDEN.sub("", written).casefold() == text.fold(written) == written.lower()


class NeverAscii(str):
    """A text that is read the long way."""

    __slots__ = ()

    def isascii(self) -> bool:
        return False


@drawing.law(1_000)
@given(st.text("aB%2e/.\\~ \x00\x7f-\n"))
def test_a_path_is_the_same_the_long_way(written: str) -> None:
    """What is ASCII folds to itself, so nothing in it becomes a slash."""
    assert path.canonical(NeverAscii(written)) == path.canonical(written)


@drawing.law(1_000)
@given(written=st.text("aB%2eE4[]{}\"'/?=&;\u00e9\x7f", max_size=20))
def test_a_link_is_the_same_the_long_way(written: str) -> None:
    """Nothing but percent escapes, and signs that do not stay, is written in another way."""
    normal: Any = url._normal(written)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(url, "_PLAIN", re.compile("(?!)"))
        assert url._normal(written) == normal


@drawing.law(1_000)
@given(st.text("0123456789", max_size=45) | st.text("01,.-e \u0661\u00b2", max_size=6))
def test_a_plain_whole_number_is_written_as_it_stands(written: str) -> None:
    """Of up to as many digits as a number may have, and without zeros in front."""
    found = number.canonical(written)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(number, "_stands_plainly", lambda _: False)
        assert number.canonical(written) == found


def test_codes_of_currencies_are_the_same_by_their_first_letters() -> None:
    """No other three letters are one, and none was left out."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    grouped = re.compile(money.CODES).fullmatch
    found = [a + b + c for a in letters for b in letters for c in letters if grouped(a + b + c)]

    assert found == money._CODES.split("|")


@drawing.law(500)
@given(st.lists(st.text("aB1-\u00e9", min_size=1, max_size=63), min_size=1, max_size=6))
def test_a_name_longer_than_names_may_be_is_none_the_long_way_too(labels: list[str]) -> None:
    """Nothing that a host is written as has fewer characters than it was given."""
    written = ".".join(labels)

    found = host._name.__wrapped__(written)

    assert found is None or len(found) >= len(written)
    assert host.name(written) == found

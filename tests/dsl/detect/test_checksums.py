"""Checksums: one wrong character is always noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.canonical.iban import remainder
from dsl.detect import bech32, card, crypto_address, iban
from dsl.detect.detector import find, leading
from dsl.detect.keccak import keccak256
from tests.dsl import drawing
from tests.dsl.detect import corpus

DIGITS = "0123456789"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def plain(name: str, *starts: str) -> list[str]:
    """Return the hits that are nothing but one value, without spaces."""
    hits = (text.replace(" ", "") for text in corpus.read(name, "hits"))
    return [text for text in hits if text.isascii() and text.isalnum() and text.startswith(starts)]


def changed(text: str, place: int, alphabet: str, step: int) -> str:
    """Replace one character by another of the alphabet."""
    other = alphabet[(alphabet.index(text[place]) + step) % len(alphabet)]
    return text[:place] + other + text[place + 1 :]


@pytest.mark.parametrize("number", plain("card", *"23456"))
@pytest.mark.parametrize("step", range(1, 10))
def test_a_changed_check_digit_of_a_card_is_noticed(number: str, step: int) -> None:
    """Exactly one check digit is right."""
    assert not find(card.DETECTOR, changed(number, len(number) - 1, DIGITS, step))


@drawing.law(200)
@given(st.text(DIGITS, min_size=2, max_size=19), st.data())
def test_luhn_notices_every_changed_digit(digits: str, data: st.DataObject) -> None:
    """For each beginning one check digit is right, and no single change keeps it so."""
    right = [digits + one for one in DIGITS if card.luhn(digits + one)]
    place = data.draw(st.integers(0, len(digits)))
    step = data.draw(st.integers(1, 9))

    assert len(right) == 1
    assert not card.luhn(changed(right[0], place, DIGITS, step))


@pytest.mark.parametrize("number", plain("iban", "DE", "GB", "FR", "NL", "ES", "IT", "CH", "AT"))
@pytest.mark.parametrize("step", range(1, 10))
def test_a_changed_check_digit_of_an_account_is_noticed(number: str, step: int) -> None:
    """Both check digits count."""
    number = number.upper()
    assert remainder(number) == 1
    assert not find(iban.DETECTOR, changed(number, 2, DIGITS, step))
    assert not find(iban.DETECTOR, changed(number, 3, DIGITS, step))


@pytest.mark.parametrize("address", plain("crypto_address", "1", "3"))
def test_a_changed_character_of_a_base58_address_is_noticed(address: str) -> None:
    """Wherever it stands."""
    assert crypto_address.is_base58(address)
    for place in range(1, len(address)):
        assert not find(crypto_address.DETECTOR, changed(address, place, BASE58, 1))


@pytest.mark.parametrize("address", plain("crypto_address", "bc1"))
def test_a_changed_character_of_a_bech32_address_is_noticed(address: str) -> None:
    """Wherever it stands after the prefix and the version."""
    assert bech32.is_segwit(address)
    for place in range(4, len(address)):
        for step in (1, 7, 19):
            assert not find(crypto_address.DETECTOR, changed(address, place, BECH32, step))


@pytest.mark.parametrize(
    "address",
    [
        one
        for one in plain("crypto_address", "0x")
        if one[2:] not in (one[2:].lower(), one[2:].upper())
    ],
)
def test_a_changed_case_of_an_ethereum_address_is_noticed(address: str) -> None:
    """Each letter's case is part of the checksum."""
    assert crypto_address.is_eip55(address)
    for place in range(2, len(address)):
        if address[place].isalpha():
            other = address[:place] + address[place].swapcase() + address[place + 1 :]
            assert not find(crypto_address.DETECTOR, other)


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (b"abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    ],
)
def test_keccak_is_the_published_one(message: bytes, digest: str) -> None:
    """Published values of Keccak-256, which are not those of SHA3-256."""
    assert keccak256(message).hex() == digest


def test_keccak_takes_one_block() -> None:
    """A longer message is refused, never hashed in part."""
    with pytest.raises(ValueError, match="one block"):
        keccak256(b"a" * 136)


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [("AB 12", 4, "AB12"), ("AB 12 x", 4, "AB12"), ("AB 123", 4, None), ("AB", 4, None)],
)
def test_a_number_ends_where_a_group_ends(text: str, count: int, expected: str | None) -> None:
    """A value is not cut out of the middle of a longer one."""
    assert leading(text, count) == expected

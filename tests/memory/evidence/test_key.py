"""What is sealed opens at its own place, with its own key, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.evidence.key import BYTES, ErasedError, Key
from memory.sealing import SealError

SECRETS = st.binary(min_size=BYTES, max_size=BYTES)


def key(secret: bytes | None = b"k" * BYTES, generation: int = 1) -> Key:
    return Key("t", "ada", generation, secret, b"m" * BYTES)


@given(content=st.binary(), place=st.text(), other=st.text(), secret=SECRETS)
def test_a_seal_opens_at_its_own_place_alone(
    content: bytes, place: str, other: str, secret: bytes
) -> None:
    """The same bytes come back at the same place; at any other place nothing does."""
    sealed = key(secret).seal(content, place)

    assert key(secret).open(sealed, place) == content
    if other != place:
        with pytest.raises(SealError):
            key(secret).open(sealed, other)


@given(content=st.binary(), place=st.text())
def test_no_two_seals_are_equal(content: bytes, place: str) -> None:
    """The same content at the same place is never sealed to the same bytes."""
    sealed = {key().seal(content, place) for _ in range(20)}

    assert len(sealed) == 20


@given(content=st.binary(), at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_changed_bit_opens_nothing(content: bytes, at: int, bit: int) -> None:
    """Each bit of what is sealed is under the seal, the generation too."""
    sealed = bytearray(key().seal(content, "p"))
    sealed[at % len(sealed)] ^= 1 << bit

    with pytest.raises(SealError):
        key().open(bytes(sealed), "p")


@given(content=st.binary(max_size=64))
def test_what_was_never_sealed_opens_nothing(content: bytes) -> None:
    """Any bytes are refused, short ones too, and never crash."""
    with pytest.raises(SealError):
        key().open(content, "p")


def test_another_key_opens_nothing() -> None:
    """Neither another secret nor another generation of it."""
    sealed = key(generation=2).seal(b"words", "p")

    for other in (key(b"x" * BYTES, 2), key(generation=1)):
        with pytest.raises(SealError) as caught:
            other.open(sealed, "p")
        assert not isinstance(caught.value, ErasedError)


def test_what_a_destroyed_key_sealed_is_said_to_be_erased() -> None:
    """Both while there is no key and under the next one."""
    sealed = key(generation=1).seal(b"words", "p")

    for other in (key(None, 1), key(b"x" * BYTES, 2), key(None, 5)):
        with pytest.raises(ErasedError):
            other.open(sealed, "p")


def test_without_a_key_nothing_is_sealed() -> None:
    """It is refused, not stored in clear."""
    with pytest.raises(SealError, match="no key"):
        key(None).seal(b"words", "p")


def test_a_key_is_not_printed() -> None:
    """Neither its secret nor that of masks stands in its words."""
    shown = repr(key(b"secret-secret-secret-secret-secr"))

    assert "secret-" not in shown
    assert "mmmm" not in shown

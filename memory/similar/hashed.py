"""Vectors of calls by the letters and words in them: nothing is trained, nothing is loaded.

Pieces of three and five letters, words, and words with the name of their argument each fall into
one of so many places by a hash. All that is summed are whole numbers, and what is divided and
rooted is rounded as IEEE 754 says, so the same call is the same bytes on every machine. Large and
small letters are the same in ASCII alone: what else is a letter depends on tables that change.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from memory.similar.text import Part

NARROW: Final = 128  # of the vectors that many calls are compared by
WIDE: Final = 1_024  # of those that the few nearest are put in order by
_AT_ONCE: Final = 1 << 18  # places of parts
_GRAMS: Final = (3, 5)
_STEPS: Final = 1_024  # in which the share of one place in a part is counted
_BASE: Final = np.uint64(0x100000001B3)
_TOP: Final = np.uint64(63)
_FIRST: Final = b"\x02"
_LAST: Final = b"\x03"

Numbers = NDArray[np.float32]
Codes = NDArray[np.uint64]
Places = NDArray[np.int64]
Whole = NDArray[np.float64]  # whole numbers far below 2^53: what is summed of them is exact


class Hashed:
    """Turns calls into vectors of length 1."""

    def __init__(self, width: int = NARROW) -> None:
        if width & (width - 1) or width <= 0:
            raise ValueError("the width of a vector is a power of two")
        self.width = width

    def vectors(self, calls: Sequence[Sequence[Part]]) -> Numbers:
        """Return one vector for each call, as rows."""
        found = np.zeros((len(calls), self.width), dtype=np.float32)
        first, places = 0, 0
        for at, call in enumerate(calls):
            places += len(call) * self.width
            if places >= _AT_ONCE or at == len(calls) - 1:
                found[first : at + 1] = self._some(calls[first : at + 1])
                first, places = at + 1, 0
        return found

    def _some(self, calls: Sequence[Sequence[Part]]) -> Numbers:
        parts, width = [one for call in calls for one in call], self.width
        codes, of = _codes(parts)
        signs = np.where(codes >> _TOP, -1.0, 1.0)
        places = of * width + (codes & np.uint64(width - 1)).astype(np.int64)
        counts = np.bincount(places, weights=signs, minlength=len(parts) * width)
        filled = np.flatnonzero(counts)
        shares = _shares(counts[filled].astype(np.float64), filled // width, len(parts))
        calls_of = np.repeat(np.arange(len(calls)), [len(one) for one in calls])
        whole = calls_of[filled // width] * width + filled % width
        sums = np.bincount(whole, weights=shares, minlength=len(calls) * width)
        return unit(sums.astype(np.float64).reshape(len(calls), width))


def unit(sums: Whole) -> Numbers:
    """Return rows of whole numbers as vectors of length 1; a row of nothing stays so."""
    squares = (sums * sums).sum(axis=1, keepdims=True)
    found: Numbers = (sums / np.sqrt(np.maximum(squares, 1))).astype(np.float32)
    return found


def _shares(counts: Whole, of: Places, parts: int) -> Whole:
    """Return each part with the same weight, however long: what is often there counts less."""
    sizes = np.abs(counts)
    lengths = np.sqrt(np.bincount(of, weights=sizes, minlength=parts))
    shares: Whole = np.rint(np.sign(counts) * np.sqrt(sizes) / lengths[of] * _STEPS)
    return shares


def _codes(parts: Sequence[Part]) -> tuple[Codes, Places]:
    """Return the hash of each piece of each part, and which part it is a piece of."""
    framed = [_FIRST + one.text.lower() + _LAST for one in parts]
    letters = np.frombuffer(b"".join(framed), dtype=np.uint8)
    of = np.repeat(np.arange(len(parts)), [len(one) for one in framed])
    places = np.array([_place(one.place) for one in parts], dtype=np.uint64)
    found = [_grams(letters, of, size) for size in _GRAMS]
    words, owners = _words(letters, of)
    found += [(words, owners), (_mixed(words + places[owners]), owners)]
    return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found])


def _grams(letters: NDArray[np.uint8], of: Places, size: int) -> tuple[Codes, Places]:
    """Return the pieces of so many letters; none reaches from one part into the next."""
    many = max(len(letters) - size + 1, 0)
    codes = np.full(many, size, dtype=np.uint64)
    for at in range(size if many else 0):
        codes = codes * _BASE + letters[at : at + many]
    within = of[:many] == of[len(of) - many :]
    return _mixed(codes[within]), of[:many][within]


def _words(letters: NDArray[np.uint8], of: Places) -> tuple[Codes, Places]:
    """Return the words: what stands between two signs, each letter hashed with its place."""
    at = np.flatnonzero(_IN_WORDS[letters])
    if not len(at):
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    firsts = np.flatnonzero(np.diff(at, prepend=-2) != 1)
    sizes = np.diff(firsts, append=len(at))
    within = np.arange(len(at)) - np.repeat(firsts, sizes)
    each = _mixed(letters[at].astype(np.uint64) + (within.astype(np.uint64) << np.uint64(8)))
    return _mixed(np.add.reduceat(each, firsts)), of[at[firsts]]


def _mixed(codes: Codes) -> Codes:
    """Spread numbers over all of 64 bits, as the end of SplitMix64 does."""
    codes = (codes ^ (codes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    codes = (codes ^ (codes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return codes ^ (codes >> np.uint64(31))


@lru_cache(maxsize=4_096)
def _place(name: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")


# Of what is no ASCII every byte is part of a word.
_IN_WORDS: Final = np.array([not chr(one).isascii() or chr(one).isalnum() for one in range(256)])

"""Names for stored things: sortable by time, unguessable, safe in a URL."""

import hashlib
from datetime import datetime
from functools import lru_cache
from typing import Final

from memory.drawn import Drawn

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DIGITS: Final = _ALPHABET.encode() * 8  # of a byte, whose upper three bits tell nothing
_CHANCE: Final = Drawn(16)
_PAIRS: Final = tuple(one + other for one in _ALPHABET for other in _ALPHABET)


def new_id(prefix: str, now: datetime) -> str:
    """Return `prefix_` and a ULID: 48 bits of milliseconds, 80 random bits."""
    return f"{prefix}_{_time(int(now.timestamp() * 1000))}{_chance()}"


def first_id(prefix: str, at: datetime) -> str:
    """Return what no id made at an instant or later comes before."""
    return _written(prefix, max(0, int(at.timestamp() * 1000)) << 80)


def named_id(prefix: str, told: str) -> str:
    """Return the one name of what is made of these words, whenever that is."""
    return _written(prefix, int.from_bytes(hashlib.sha256(told.encode()).digest()[:16]))


@lru_cache(maxsize=16)
def _time(milliseconds: int) -> str:
    return _written("", milliseconds << 80)[1:11]


def _chance() -> str:
    """Return 80 random bits: 16 digits, which is faster than writing a number of so many bits."""
    return _CHANCE.take().translate(_DIGITS).decode()


def _written(prefix: str, number: int) -> str:
    pairs = [_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)]
    return f"{prefix}_{''.join(pairs)}"

"""A compact table from 64-bit keys to small numbers: about 14 bytes an entry.

A dictionary takes seven times as much. Entries lie in short rows of bytes, and whenever the rows
become long on average, one of them is split (linear hashing). So looking up takes the same time at
any size, and no insertion has to wait until a whole table is copied.
"""

from array import array
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Final

_KEY: Final = 8  # bytes
_ENTRY: Final = _KEY + 4
_LOAD: Final = 24  # entries in a row, on average
_FULL: Final = 4  # a bit beside the two of the mode
_SHIFT: Final = 3
MOST_PASSAGES: Final = 1 << 29
MOST: Final = 8  # of passages that answer alike, so many stand under a key: the first ones


class Mode(IntEnum):
    """How a value stands in a passage."""

    INSIDE = 0
    DOUBTFUL = 1  # it may be the value
    WHOLE = 2  # it is an entire leaf
    FOLDED = 3  # a word, and nowhere in the passage in this case


class Table:
    """Passages under keys, in the order in which they were added."""

    def __init__(self, sources: "array[int]") -> None:
        self._rows = [b""]
        self._wide = 1  # so many rows there were before this round of splits
        self._next = 0  # the row that is split next
        self._sources = sources  # of each passage
        self.size = 0

    def add(self, keys: Iterable[int], passage: int, mode: Mode) -> None:
        """Add a passage under different keys."""
        rows, low, split = self._rows, self._wide - 1, self._next
        tail = (passage << _SHIFT | mode).to_bytes(4, "little")
        room = len(rows) * _LOAD - self.size
        packed = array("q", keys)
        heads = packed.tobytes()
        for number, key in enumerate(packed):
            at = key & low
            if at < split:
                at = key & (2 * low + 1)
            row, head = rows[at], heads[number * _KEY : number * _KEY + _KEY]
            if head in row and self._is_full(at, head, passage, mode):
                continue
            rows[at] = row + head + tail
            room -= 1
            if room == 0:
                self._split()
                room, low, split = _LOAD, self._wide - 1, self._next
        self.size = len(rows) * _LOAD - room

    def holds(self, key: int) -> bool:
        """Tell whether anything stands under a key."""
        return next(self.find(key), None) is not None

    def find(self, key: int) -> Iterator[tuple[int, int, bool]]:
        """Yield passage and mode, and whether later passages of this sort were left out."""
        at = key % self._wide
        if at < self._next:
            at = key % (2 * self._wide)
        row = self._rows[at]
        head = key.to_bytes(_KEY, "little", signed=True)
        for place in _places(row, head):
            number = int.from_bytes(row[place + _KEY : place + _ENTRY], "little")
            yield number >> _SHIFT, number & 3, bool(number & _FULL)

    def _is_full(self, at: int, head: bytes, passage: int, mode: Mode) -> bool:
        """Tell whether enough passages of a source stand under a key; note that on the first."""
        row, source, alike = self._rows[at], self._sources[passage], []
        for place in _places(row, head):
            number = int.from_bytes(row[place + _KEY : place + _ENTRY], "little")
            if number & 3 == mode and self._sources[number >> _SHIFT] == source:
                if number & _FULL or number >> _SHIFT == passage:
                    return True
                alike.append((place + _KEY, number | _FULL))
        if len(alike) < MOST:
            return False
        place, number = alike[0]
        self._rows[at] = row[:place] + number.to_bytes(4, "little") + row[place + 4 :]
        return True

    def _split(self) -> None:
        """Share the entries of the next row with a new one."""
        row, bit = self._rows[self._next], self._wide.bit_length() - 1
        byte, mask = bit >> 3, 1 << (bit & 7)
        parts = [row[at : at + _ENTRY] for at in range(0, len(row), _ENTRY)]
        self._rows[self._next] = b"".join([one for one in parts if not one[byte] & mask])
        self._rows.append(b"".join([one for one in parts if one[byte] & mask]))
        self._next += 1
        if self._next == self._wide:
            self._wide, self._next = 2 * self._wide, 0


def _places(row: bytes, head: bytes) -> Iterator[int]:
    """Yield where entries of a key begin in a row."""
    at = row.find(head)
    while at >= 0:
        if at % _ENTRY == 0:
            yield at
        at = row.find(head, at + 1)

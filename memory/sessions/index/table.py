"""A compact table from 64-bit keys to small numbers: about 14 bytes an entry.

A dictionary takes seven times as much. Entries lie in short rows of bytes, and whenever the rows
become long on average, one of them is split (linear hashing). So looking up takes the same time at
any size, and no insertion has to wait until a whole table is copied.
"""

from array import array
from collections.abc import Sequence
from enum import IntEnum
from struct import Struct
from typing import Final

_KEY: Final = 8  # bytes
_ENTRY: Final = _KEY + 4
_NUMBER: Final = Struct("<I").unpack_from  # behind the key
_LOAD: Final = 24  # entries in a row, on average
_MODES: Final = 3  # the bits that tell a mode
_LAST: Final = 4  # a bit that tells that later passages may have been left out
_SHIFT: Final = 3
MOST: Final = 4  # of the passages of one source, so many stand under a key: the first ones
_NONE: Final[frozenset[int]] = frozenset()


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
        self._full: dict[int, set[int]] = {}  # of a source and mode, keys with many passages
        self.size = 0

    def add(self, keys: set[int], passage: int, mode: Mode) -> None:
        """Add a passage under some keys."""
        group = self._sources[passage] << 2 | mode
        packed = array("q", keys - self._full.get(group, _NONE))
        heads = packed.tobytes()
        rows, low, split = self._rows, self._wide - 1, self._next
        tail = (passage << _SHIFT | mode).to_bytes(4, "little")
        last = (passage << _SHIFT | _LAST | mode).to_bytes(4, "little")
        room = len(rows) * _LOAD - self.size
        for number, key in enumerate(packed):
            at = key & low
            if at < split:
                at = key & (2 * low + 1)
            row, head = rows[at], heads[number * _KEY : number * _KEY + _KEY]
            entry = head + tail
            if head in row:
                alike = self._alike(row, head, passage, mode)
                if alike is None:
                    continue
                if alike == MOST - 1:
                    self._full.setdefault(group, set()).add(key)
                    entry = head + last
            rows[at] = row + entry
            room -= 1
            if room == 0:
                self._split()
                room, low, split = _LOAD, self._wide - 1, self._next
        self.size = len(rows) * _LOAD - room

    def holds(self, key: int) -> bool:
        """Tell whether anything stands under a key."""
        return bool(self.find(key))

    def find(self, key: int) -> Sequence[tuple[int, int, bool]]:
        """Return passages and modes, and whether later passages of a sort were left out."""
        at = key & (self._wide - 1)
        if at < self._next:
            at = key & (2 * self._wide - 1)
        row, head = self._rows[at], key.to_bytes(_KEY, "little", signed=True)
        place = row.find(head)
        if place < 0:
            return ()
        found = []
        while place >= 0:
            if place % _ENTRY == 0:
                (number,) = _NUMBER(row, place + _KEY)
                found.append((number >> _SHIFT, number & _MODES, number & _LAST != 0))
            place = row.find(head, place + 1)
        return found

    def _alike(self, row: bytes, head: bytes, passage: int, mode: Mode) -> int | None:
        """Count the passages of one source under a key; None if this one is among them."""
        sources, alike = self._sources, 0
        source, place = sources[passage], row.find(head)
        while place >= 0:
            if place % _ENTRY == 0:
                behind = place + _KEY
                number = int.from_bytes(row[behind : behind + 4], "little")
                if number & _MODES == mode:
                    known = number >> _SHIFT
                    if known == passage:
                        return None
                    alike += sources[known] == source
            place = row.find(head, place + 1)
        return alike

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

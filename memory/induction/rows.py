"""Rows of a sheet as bits of a number."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_BITS: Final = [[bit for bit in range(8) if byte >> bit & 1] for byte in range(256)]
_FEW: Final = 12


def numbers_of(rows: int) -> list[int]:
    """Return the numbers of some rows."""
    found = list[int]()
    if rows.bit_count() * _FEW < rows.bit_length():  # one after the other is less work
        while rows:
            last = rows & -rows
            found.append(last.bit_length() - 1)
            rows ^= last
        return found
    for at, byte in enumerate(rows.to_bytes(-(-rows.bit_length() // 8), "little")):
        if byte:
            found += [8 * at + bit for bit in _BITS[byte]]
    return found


def bits(numbers: Iterable[int]) -> int:
    """Return the rows of some numbers."""
    listed = list(numbers)
    if len(listed) == 1:
        return 1 << listed[0]
    made = bytearray(max(listed, default=0) // 8 + 1)
    for row in listed:
        made[row >> 3] |= 1 << (row & 7)
    return int.from_bytes(made, "little")


@dataclass(frozen=True, slots=True)
class Rows:
    """Where a condition holds, and where the engine cannot tell.

    `hidden` are those of the latter in which a value was withheld: the call itself may have been
    clear enough, so nothing is counted on them.
    """

    true: int
    unknown: int = 0
    hidden: int = 0

    @property
    def possible(self) -> int:
        """Return where the condition is not false."""
        return self.true | self.unknown | self.hidden

    def __and__(self, other: "Rows") -> "Rows":
        true, possible = self.true & other.true, self.possible & other.possible
        hidden = (self.hidden | other.hidden) & possible
        return Rows(true, possible & ~true & ~hidden, hidden)

    def __or__(self, other: "Rows") -> "Rows":
        """Join what holds of some rows and of others."""
        both = (self.true | other.true, self.unknown | other.unknown)
        return Rows(*both, self.hidden | other.hidden)

    def negated(self, every: int) -> "Rows":
        """Return where the opposite holds."""
        return Rows(every & ~self.possible, self.unknown, self.hidden)

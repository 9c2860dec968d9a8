"""Columns of an index: for a value of one field, which clauses it leaves possible, and which hold.

Clause *i* is bit *i* of a number. A column answers with two masks: the clauses that the value does
not rule out, and those of them that it makes true; a clause that does not look at the column is in
both. Between the two lie the clauses that the value leaves unknown.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple, Protocol

from dsl.engine.atoms import Atom
from dsl.engine.texts import PatternSet
from dsl.model import Cause
from dsl.types import Unknown

Masks = tuple[int, int]
_TYPES: Final[tuple[tuple[type, ...], ...]] = ((str,), (int, Decimal), (bool,))


class Placed(NamedTuple):
    """An atom and the clause it stands in."""

    bit: int
    atom: Atom


class Column(Protocol):
    """Tests of one form, at most one in each clause."""

    def look(self, value: Any) -> Masks:
        """Return the clauses that a value leaves possible, and those that it makes true."""
        ...


class _Cases(NamedTuple):
    """The masks that do not depend on the value itself."""

    everything: int
    free: int  # clauses without a test here
    absent: int  # what a value that is absent with a `?` leaves, and makes true

    def unknown(self, value: Any) -> Masks:
        """Return the masks for what cannot be tested."""
        if isinstance(value, Unknown) and value.optional:
            return self.absent, self.absent
        return self.everything, self.free


def _cases(placed: Sequence[Placed], everything: int) -> _Cases:
    free = everything & ~mask(one.bit for one in placed)
    absent = free | mask(one.bit for one in placed if one.atom.absent)
    return _Cases(everything, free, absent)


def mask(bits: Iterable[int]) -> int:
    """Return the number with some bits set."""
    found = sorted(bits)
    if not found:
        return 0
    made = bytearray((found[-1] >> 3) + 1)
    for bit in found:
        made[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(made, "little")


def _masks(pairs: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    bits: dict[Any, list[int]] = {}
    for key, bit in pairs:
        bits.setdefault(key, []).append(bit)
    return {key: mask(some) for key, some in bits.items()}


class Same:
    """Equality with one of some constants, or with `opposite` with none of them."""

    def __init__(self, placed: Sequence[Placed], everything: int, *, opposite: bool) -> None:
        self._cases = _cases(placed, everything)
        self._opposite = opposite
        self._tables: dict[type, tuple[dict[Any, int], int, int]] = {}
        for types in _TYPES:
            own = [one for one in placed if type(one.atom.constants[0]) in types]
            table = _masks((key, one.bit) for one in own for key in set(one.atom.constants))
            here = mask(one.bit for one in own)
            # Tests for another type are unknown.
            self._tables |= dict.fromkeys(types, (table, here, everything & ~here))

    def look(self, value: Any) -> Masks:
        """Return what a value leaves possible, and what it makes true."""
        known = self._tables.get(type(value))
        if known is None or (type(value) is Decimal and not value.is_finite()):
            return self._cases.unknown(value)
        table, here, rest = known
        hit = table.get(value, 0)
        if self._opposite:
            hit = here & ~hit
        return hit | rest, hit | self._cases.free


class Holds:
    """Whether a list holds a constant, or with `opposite` whether it does not."""

    def __init__(self, placed: Sequence[Placed], everything: int, *, opposite: bool) -> None:
        self._cases = _cases(placed, everything)
        self._opposite = opposite
        self._here = everything & ~self._cases.free
        self._same = Same(placed, everything, opposite=False)

    def look(self, value: Any) -> Masks:
        """Return what a value leaves possible, and what it makes true.

        An element of another type leaves unknown whether it is the one, but where another is.
        """
        if not isinstance(value, list | tuple):
            return self._cases.unknown(value)
        possible = sure = 0
        for item in value:
            left, held = self._same.look(item)
            possible |= left
            sure |= held
        possible, sure = possible & self._here, sure & self._here
        if self._opposite:
            possible, sure = self._here & ~sure, self._here & ~possible
        return possible | self._cases.free, sure | self._cases.free


class Order:
    """Comparisons of a number with thresholds."""

    def __init__(self, placed: Sequence[Placed], everything: int) -> None:
        self._cases = _cases(placed, everything)
        self._points = sorted({one.atom.constants[0] for one in placed})
        below = mask(bit for bit, atom in placed if atom.how in {"<", "<="})
        self._ladder = _Ladder(below, 2 * len(self._points) + 1, self._turns(placed))

    def _turns(self, placed: Sequence[Placed]) -> Iterator[tuple[int, int]]:
        """Yield where each test begins to hold or ceases to, from below every point upwards.

        Point `j` is step `2 j + 1`, the numbers below it `2 j`, those above it `2 j + 2`.
        """
        for bit, atom in placed:
            point = 2 * bisect_left(self._points, atom.constants[0])
            yield point + (1 if atom.how in {">=", "<"} else 2), bit

    def look(self, value: Any) -> Masks:
        """Return what a value leaves possible, and what it makes true."""
        if type(value) is not int and not (type(value) is Decimal and value.is_finite()):
            return self._cases.unknown(value)
        at = bisect_left(self._points, value)
        step = 2 * at + (at < len(self._points) and self._points[at] == value)
        found = self._ladder.at(step) | self._cases.free
        return found, found


_EVERY: Final = 8  # steps from one kept mask to the next, where masks are long
_SHORT: Final = 512  # steps of which each has its mask kept


class _Ladder:
    """Masks that change by a few bits from step to step, some of them kept."""

    def __init__(self, lowest: int, steps: int, turns: Iterable[tuple[int, int]]) -> None:
        bits: list[list[int]] = [[] for _ in range(steps)]
        for step, bit in turns:
            bits[step].append(bit)
        self._turned = [mask(some) for some in bits]
        self._kept: list[int] = []
        self._every = 1 if steps <= _SHORT else _EVERY
        current = lowest
        for step, turned in enumerate(self._turned):
            current ^= turned
            if step % self._every == 0:
                self._kept.append(current)

    def at(self, step: int) -> int:
        """Return the mask at a step."""
        first, beyond = divmod(step, self._every)
        found = self._kept[first]
        if beyond:
            for turned in self._turned[step - beyond + 1 : step + 1]:
                found ^= turned
        return found


class Text:
    """Tests of a text against patterns, beginnings, ends and parts."""

    def __init__(self, placed: Sequence[Placed], everything: int, *, opposite: bool) -> None:
        self._cases = _cases(placed, everything)
        self._opposite = opposite
        by_style: dict[str, list[tuple[Any, int]]] = {}
        for bit, atom in placed:
            by_style.setdefault(atom.how, []).append((atom.constants[0], bit))
        self._starts = _by_length(by_style.get("start", ()))
        self._ends = _by_length(by_style.get("end", ()))
        self._sets = [
            PatternSet(_masks(by_style[style]), whole=style == "whole")
            for style in ("whole", "part")
            if style in by_style
        ]

    def look(self, value: Any) -> Masks:
        """Return what a value leaves possible, and what it makes true."""
        if type(value) is not str:
            return self._cases.unknown(value)
        hit = 0
        for length, table in self._starts:
            hit |= table.get(value[:length], 0)
        for length, table in self._ends:
            hit |= table.get(value[-length:] if length else "", 0)
        for one in self._sets:
            found = one.hits(value)
            if found is None:  # it could not be matched
                return self._cases.everything, self._cases.free
            hit |= found
        everything, free, _ = self._cases
        found = everything & ~hit if self._opposite else hit | free
        return found, found


def _by_length(pairs: Iterable[tuple[str, int]]) -> list[tuple[int, dict[str, int]]]:
    """Return tables of the clauses that look for a text of some length."""
    grouped: dict[int, list[tuple[str, int]]] = {}
    for text, bit in pairs:
        grouped.setdefault(len(text), []).append((text, bit))
    return [(length, _masks(some)) for length, some in grouped.items()]


class There:
    """Whether anything is there at all."""

    def __init__(self, placed: Sequence[Placed], everything: int, *, opposite: bool) -> None:
        self._cases = _cases(placed, everything)
        self._opposite = opposite

    def look(self, value: Any) -> Masks:
        """Return what a value leaves possible, and what it makes true."""
        everything, free, _ = self._cases
        is_absent = isinstance(value, Unknown)
        if is_absent and value.cause is not Cause.MISSING:
            return everything, free
        found = everything if is_absent is self._opposite else free
        return found, found

"""Looks for the rules of one tool and one side: seeds, conjunctions, greedy cover."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import Final, NamedTuple

from memory.induction.evidence import Ledger, Side, bound_of
from memory.induction.gates import GATES, reached
from memory.induction.literal import Literal
from memory.induction.literals import Literals
from memory.induction.rows import numbers_of
from memory.induction.rule import Level, Shape, shape
from memory.induction.sheet import Sheet
from memory.induction.weights import Weight

MOST_LITERALS: Final = 16  # of one seed
LONGEST: Final = 3  # literals in one rule, before any split
LITERAL_COST: Final = 40  # ten-thousandths of the score, for each literal
_LEAST_COVER: Final = 2


class Placed(NamedTuple):
    """A literal, the reported rows that it holds of, and its number as a bit."""

    literal: Literal
    rows: int
    bit: int


class Conjunction(NamedTuple):
    """Up to three literals, the reported rows that all hold of, and their numbers as bits."""

    literals: tuple[Literal, ...]
    rows: int
    bits: int


class _Waiting(NamedTuple):
    """What may be the best next: a conjunction with its score, or several that are not scored.

    In the order in which they are taken: the best score first, then the fewest and first literals.
    Of several on the same reported rows it is the score that none of them can exceed.
    """

    below: int  # the score with its sign turned
    length: int
    text: str
    near: int  # the reported rows
    literals: tuple[Literal, ...] | None = None


class Whose(NamedTuple):
    """What rules are looked for."""

    tenant: str
    tool: str
    side: Side


class Search:
    """All that is looked through for one side of one tool."""

    def __init__(self, whose: Whose, sheet: Sheet, ledger: Ledger, literals: Literals) -> None:
        self._whose = whose
        self._side = whose.side
        self._sheet = sheet
        self._ledger = ledger
        self._literals = literals
        self._agreeing = ledger.agreeing(whose.side)
        self._heaviest = ledger.heaviest(whose.side)
        self._ranks: dict[str, int] = {}
        self._best: dict[int, int] = {}
        self._weighed: dict[int, int] = {}
        self._nearby: dict[str, int] = {}
        self._whole: dict[str, int] = {}

    def found(self) -> list[Shape]:
        """Return what passes a gate and covers a report that nothing better covers.

        What covers nothing new by the time that it might be the best is never looked at closely.
        """
        covered, kept = 0, list[Shape]()
        seeds = self._seeds()
        several = self._conjunctions(seeds)
        queue = [self._at_best(near, some) for near, some in several.items()]
        heapify(queue)
        while queue and self._agreeing & ~covered:
            one = heappop(queue)
            if not one.near & self._agreeing & ~covered:
                continue
            if one.literals is None:
                for closer in self._closer(one.near, several[one.near]):
                    heappush(queue, closer)
            elif (rows := self._passing(one.literals)) is not None:
                kept.append(shape(*self._whose, one.literals))
                covered |= rows
        return kept + list(self._lone(seeds, covered))

    def _passing(self, some: Sequence[Literal]) -> int | None:
        """Return the rows of a conjunction that passes a gate."""
        rows = self._rows(some)
        if self._ledger.bound(self._side, rows) < GATES[self._side][Level.SHADOW].bound:
            return None
        return rows if reached(self._side, self._ledger.evidence(self._side, rows)) else None

    def _seeds(self) -> dict[int, list[Literal]]:
        """Return the rows that agree, by the ids of their reports, with their best literals."""
        rows = [row for row in numbers_of(self._agreeing) if self._is_seed(row)]
        first = {row: self._first(row) for row in rows}
        return {row: self.ranked(row) for row in sorted(rows, key=lambda row: first[row])}

    def _is_seed(self, row: int) -> bool:
        """Tell whether a rule of this side could do anything for a case."""
        return self._side is Side.DENY or self._sheet.cases[row].base.soft

    def _first(self, row: int) -> str:
        return min(one.id for one in self._ledger.of_row[row] if one.label is self._side.agrees)

    def ranked(self, row: int) -> list[Literal]:
        """Return the best literals of a case, by their own bound, then their text.

        Where some hold of other agreeing reports too, those alone: the rest explains nobody else.
        """
        found = self._literals.of(self._sheet.cases[row])
        if self._side is Side.SOFTEN:
            found = [one for one in found if not one.about_origin]
        shared = [one for one in found if self._is_shared(one)]
        found = shared or found
        return sorted(found, key=lambda one: (-self._rank(one), one.text))[:MOST_LITERALS]

    def _is_shared(self, one: Literal) -> bool:
        return (self._sheet.reported(one).true & self._agreeing).bit_count() >= _LEAST_COVER

    def _rank(self, literal: Literal) -> int:
        if literal.text not in self._ranks:
            rows = self._sheet.where(literal).true
            self._ranks[literal.text] = self._ledger.bound(self._side, rows)
        return self._ranks[literal.text]

    def _conjunctions(self, seeds: dict[int, list[Literal]]) -> dict[int, list[Conjunction]]:
        """Return the conjunctions that hold of enough reports, by the reported rows."""
        numbers: dict[str, int] = {}
        found: dict[int, dict[int, Conjunction]] = defaultdict(dict)
        for best in seeds.values():
            placed = [
                Placed(one, self._near(one), 1 << numbers.setdefault(one.text, len(numbers)))
                for one in sorted(best, key=lambda one: one.text)
            ]
            for one in conjunctions(placed, self._agreeing):
                found[one.rows][one.bits] = one
        return {rows: list(some.values()) for rows, some in found.items()}

    def _at_best(self, near: int, some: Sequence[Conjunction]) -> _Waiting:
        """Return the best that conjunctions could score which nobody contradicts."""
        rows = (near & self._agreeing).bit_count()
        if rows not in self._best:
            self._best[rows] = bound_of(Weight(rows * self._heaviest), 0)
        return _waiting(min(len(one.literals) for one in some), self._best[rows], near)

    def _closer(self, near: int, some: list[Conjunction]) -> Iterator[_Waiting]:
        """Yield what is found by looking closer: first at the reports, then at one after another.

        Each time the best that could be scored stays or falls.
        """
        if near not in self._weighed:
            self._weighed[near] = bound_of(self._ledger.weight(self._side, near), 0)
            some.sort(key=lambda one: (len(one.literals), _text(one)), reverse=True)
        else:
            one = some.pop()
            bound = self._ledger.bound(self._side, self._rows(one.literals))
            yield _waiting(len(one.literals), bound, near, one)
        if some:
            yield _waiting(len(some[-1].literals), self._weighed[near], near)

    def _near(self, one: Literal) -> int:
        """Return the reported rows that a rule of this literal holds of."""
        if one.text not in self._nearby:
            rows = self._ledger.reported
            for each in self._tests(one):
                rows &= self._sheet.reported(each).true
            self._nearby[one.text] = rows
        return self._nearby[one.text]

    def _rows(self, some: Sequence[Literal]) -> int:
        """Return the rows of which a conjunction holds."""
        rows = self._sheet.every
        for one in some:
            if one.text not in self._whole:
                self._whole[one.text] = self._sheet.all_of(self._tests(one)).true
            rows &= self._whole[one.text]
        return rows

    def _tests(self, one: Literal) -> tuple[Literal, ...]:
        return (one,) if self._side is Side.DENY else (one, *one.guards)

    def _lone(self, seeds: dict[int, list[Literal]], covered: int) -> Iterator[Shape]:
        """Yield for a report that stands alone a rule of its best literals, for the shadow."""
        for row, best in seeds.items():
            some = _of_different_subjects(best)[:LONGEST]
            if covered >> row & 1 or not some:
                continue
            rows = self._passing(some)
            if rows is not None:
                covered |= rows
                yield shape(*self._whose, tuple(some))


def _waiting(length: int, bound: int, near: int, one: Conjunction | None = None) -> _Waiting:
    below = LITERAL_COST * length - bound
    if one is None:
        return _Waiting(below, length, "", near)  # in front of each that scores as much
    return _Waiting(below, length, _text(one), near, one.literals)


def _text(one: Conjunction) -> str:
    return " and ".join([literal.text for literal in one.literals])


def conjunctions(best: Sequence[Placed], agreeing: int) -> Iterator[Conjunction]:
    """Yield up to three of some literals, each of another subject, with the rows of all of them.

    What holds of too few rows that agree is left out, and with it all that is longer.
    """
    for at, (one, rows, bit) in enumerate(best):
        if (rows & agreeing).bit_count() < _LEAST_COVER:
            continue
        yield Conjunction((one,), rows, bit)
        pairs = []
        for two, own, other in best[at + 1 :]:
            both = rows & own
            if two.subject != one.subject and (both & agreeing).bit_count() >= _LEAST_COVER:
                pairs.append((two, both, bit | other))
                yield Conjunction((one, two), both, bit | other)
        for after, (two, both, bits) in enumerate(pairs, start=1):
            for three, own, other in pairs[after:]:
                every = both & own
                if three.subject != two.subject and (every & agreeing).bit_count() >= _LEAST_COVER:
                    yield Conjunction((one, two, three), every, bits | other)


def _of_different_subjects(best: Sequence[Literal]) -> list[Literal]:
    """Return the best literal of each thing that they test."""
    found: dict[str, Literal] = {}
    for one in best:
        found.setdefault(one.subject, one)
    return list(found.values())

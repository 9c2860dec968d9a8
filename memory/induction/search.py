"""Looks for the rules of one tool and one side: seeds, conjunctions, greedy cover."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple

from memory.induction.evidence import Ledger, Side, numbers_of
from memory.induction.gates import reached
from memory.induction.literal import Literal
from memory.induction.literals import Literals
from memory.induction.rule import Shape, shape
from memory.induction.sheet import Rows, Sheet

MOST_LITERALS: Final = 16  # of one seed
LONGEST: Final = 3  # literals in one rule, before any split
LITERAL_COST: Final = 40  # ten-thousandths of the score, for each literal
_LEAST_COVER: Final = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A conjunction, the rows it holds of, and its score."""

    shape: Shape
    rows: Rows
    score: int

    @property
    def order(self) -> tuple[int, int, str]:
        """Return its place among others: the best score, then the fewest and first literals."""
        return -self.score, len(self.shape.literals), self.shape.text


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
        self._ranks: dict[str, int] = {}

    def found(self) -> list[Candidate]:
        """Return what passes a gate and covers a report that nothing better covers."""
        covered, kept = 0, []
        seeds = self._seeds()
        for one in sorted(self._candidates(seeds), key=lambda candidate: candidate.order):
            fresh = one.rows.true & self._agreeing & ~covered
            if fresh and self._passes(one):
                kept.append(one)
                covered |= one.rows.true
        return kept + list(self._lone(seeds, covered))

    def _passes(self, one: Candidate) -> bool:
        return reached(self._side, self._ledger.evidence(self._side, one.rows.true)) is not None

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
        shared = [one for one in found if self._covers_enough((one,))]
        found = shared or found
        return sorted(found, key=lambda one: (-self._rank(one), one.text))[:MOST_LITERALS]

    def _rank(self, literal: Literal) -> int:
        if literal.text not in self._ranks:
            rows = self._sheet.where(literal).true
            self._ranks[literal.text] = self._ledger.bound(self._side, rows)
        return self._ranks[literal.text]

    def _candidates(self, seeds: dict[int, list[Literal]]) -> Iterator[Candidate]:
        seen = set[tuple[str, ...]]()
        for best in seeds.values():
            for some in _conjunctions(sorted(best, key=lambda one: one.text)):
                name = tuple([one.text for one in some])
                if name in seen:
                    continue
                seen.add(name)
                if not self._covers_enough(some):
                    continue
                one = self._candidate(some)
                if (one.rows.true & self._agreeing).bit_count() >= _LEAST_COVER:
                    yield one

    def _covers_enough(self, some: Sequence[Literal]) -> bool:
        """Look at the reports alone, which most conjunctions hold too few of."""
        rows = self._agreeing
        for one in some:
            rows &= self._sheet.reported(one).true
        return rows.bit_count() >= _LEAST_COVER

    def _lone(self, seeds: dict[int, list[Literal]], covered: int) -> Iterator[Candidate]:
        """Yield for a report that stands alone a rule of its best literals, for the shadow."""
        for row, best in seeds.items():
            some = _of_different_subjects(best)[:LONGEST]
            if covered >> row & 1 or not some:
                continue
            one = self._candidate(some)
            if self._passes(one):
                covered |= one.rows.true
                yield one

    def _candidate(self, some: Sequence[Literal]) -> Candidate:
        made = shape(*self._whose, tuple(some))
        rows = made.rows(self._sheet)
        score = self._ledger.bound(self._side, rows.true) - LITERAL_COST * len(some)
        return Candidate(made, rows, score)


def _conjunctions(best: Sequence[Literal]) -> Iterator[tuple[Literal, ...]]:
    yield from ((one,) for one in best)
    for some in combinations(best, 2):
        if some[0].subject != some[1].subject:
            yield some
    for one, two, three in combinations(best, LONGEST):
        if one.subject != two.subject and three.subject not in (one.subject, two.subject):
            yield one, two, three


def _of_different_subjects(best: Sequence[Literal]) -> list[Literal]:
    """Return the best literal of each thing that they test."""
    found: dict[str, Literal] = {}
    for one in best:
        found.setdefault(one.subject, one)
    return list(found.values())

"""Where reports contradict each other: finds what tells the calls apart, or says that nothing does.

A literal that separates them goes to its own rule on the side of its majority, and the rule that it
came from makes an exception of it. A split is worth it where it explains the reports better than
chance among that many literals would.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from memory.induction.beta import log_beta
from memory.induction.evidence import Ledger, Side
from memory.induction.literal import Literal
from memory.induction.literals import Literals
from memory.induction.rows import numbers_of
from memory.induction.rule import Shape, shape
from memory.induction.search import MOST_LITERALS
from memory.induction.sheet import Sheet
from memory.induction.weights import ONE, Weight

CONFLICT: Final = 1500  # thousandths on each side
MOST_SPLITS: Final = 3
_OPEN_TO_CHANCE: Final = 3
_DIGITS: Final = 6  # of a gain, before gains are compared


@dataclass(frozen=True, slots=True)
class Part:
    """One rule that came of a split, or that none was needed or found for."""

    shape: Shape
    parent: str | None = None
    separable: bool = True


class Splitter:
    """Splits the rules of one tool."""

    def __init__(self, sheet: Sheet, ledger: Ledger, literals: Literals) -> None:
        self._sheet = sheet
        self._ledger = ledger
        self._literals = literals
        self._tries: dict[int, list[Literal]] = {}

    def parts(self, whole: Shape) -> Iterator[Part]:
        """Yield the rules that a conjunction comes to."""
        parent: str | None = None
        for _ in range(MOST_SPLITS):
            if not self._is_contradicted(whole):
                break
            apart = self._best(whole)
            if apart is None:
                yield Part(whole, parent, separable=False)
                return
            yield from self._child(whole, apart)
            parent = parent or whole.id
            excluded = (*whole.excluded, apart)
            whole = shape(whole.tenant, whole.tool, whole.side, whole.literals, excluded)
        yield Part(whole, parent)

    def _is_contradicted(self, whole: Shape) -> bool:
        weight = self._ledger.weight(whole.side, whole.rows(self._sheet).true)
        return min(weight.agreeing, weight.contradicting) >= CONFLICT

    def _child(self, whole: Shape, apart: Literal) -> Iterator[Part]:
        rows = whole.rows(self._sheet).true & self._sheet.reported(apart).true
        weight = self._ledger.weight(whole.side, rows)
        agrees = weight.agreeing > weight.contradicting
        side = whole.side if agrees else whole.side.other
        if side is Side.SOFTEN and any(one.about_origin for one in (*whole.literals, apart)):
            return  # it would ask for an origin, and for its opposite
        made = shape(whole.tenant, whole.tool, side, (*whole.literals, apart), whole.excluded)
        yield Part(made, whole.id)

    def _best(self, whole: Shape) -> Literal | None:
        """Return the literal that separates the reports best, if it does so well enough."""
        rows = whole.rows(self._sheet).true
        known = {one.text for one in (*whole.literals, *whole.excluded)}
        some = [one for one in self._tried(rows) if one.text not in known]
        gains = [(self._gain(whole, rows, one), one) for one in some]
        least = max(0.0, math.log(len(some) / _OPEN_TO_CHANCE)) if some else 0.0
        good = [(gain, one) for gain, one in gains if gain is not None and gain > least]
        best = min(good, key=lambda pair: (-pair[0], pair[1].text), default=None)
        return None if best is None else best[1]

    def _tried(self, rows: int) -> list[Literal]:
        """Return the literals of all cases that were reported, on either side."""
        reported = rows & self._ledger.reported
        if reported not in self._tries:
            found: dict[str, Literal] = {}
            for row in numbers_of(reported):
                some = self._literals.of(self._sheet.cases[row])[: 4 * MOST_LITERALS]
                found.update({one.text: one for one in some})
            self._tries[reported] = [found[text] for text in sorted(found)]
        return self._tries[reported]

    def _gain(self, whole: Shape, rows: int, apart: Literal) -> float | None:
        held = self._sheet.reported(apart)
        sides = (rows & held.true, rows & self._ledger.reported & ~held.possible)
        if not all(self._ledger.several(one) for one in sides):
            return None
        weights = [self._ledger.weight(whole.side, one) for one in (*sides, rows)]
        first, second, all_ = map(_explained, weights)
        return round(first + second - all_, _DIGITS)

    def places(self, whole: Shape) -> Sequence[str]:
        """Return what was looked at in vain: the places whose literals do not tell cases apart."""
        rows = whole.rows(self._sheet).true
        return sorted({one.subject for one in self._tried(rows)})


def _explained(weight: Weight) -> float:
    """Return the logarithm of how likely reports of these weights are, all rates being alike."""
    return log_beta(1 + weight.agreeing / ONE, 1 + weight.contradicting / ONE)

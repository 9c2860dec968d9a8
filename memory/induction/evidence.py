"""What speaks for a rule and what against it: reports, and the silence about what it would stop."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from dsl.model import Effect
from memory.induction.beta import lower_bound
from memory.induction.case import Case
from memory.induction.report import Label, Report
from memory.induction.rows import bits, numbers_of
from memory.induction.scales import Scales
from memory.induction.sheet import Sheet
from memory.induction.weights import ONE, Weight, age, decay, weight

RHO: Final = 50  # thousandths of errors that are reported, until audits tell
BACKGROUND_DAYS: Final = 180
SEVERAL: Final = 2
FIFTH: Final = 200  # thousandths
OMEGA: Final = RHO * FIFTH // ONE  # of one silent case, in thousandths


class Side(StrEnum):
    """What a rule is for: to stop calls, or to name denials that a model was wrong about."""

    DENY = "deny"
    SOFTEN = "soften"

    @property
    def agrees(self) -> Label:
        """Return what reports say that speak for such a rule."""
        return Label.VIOLATION if self is Side.DENY else Label.OK

    @property
    def other(self) -> "Side":
        """Return the opposite side."""
        return Side.SOFTEN if self is Side.DENY else Side.DENY

    def is_opposed_by(self, effect: Effect) -> bool:
        """Tell whether the system did the opposite of what such a rule wants."""
        return (effect is Effect.ALLOW) is (self is Side.DENY)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a rule. `bound` is in ten-thousandths, weights are thousandths."""

    weight: Weight
    background: int
    bound: int
    agreeing: tuple[Report, ...]
    contradicting: tuple[Report, ...]

    @property
    def reporters(self) -> frozenset[str]:
        """Return who agrees, of those whose names are known."""
        return frozenset(one.reporter for one in self.agreeing if one.reporter is not None)

    @property
    def groups(self) -> frozenset[str]:
        """Return the groups of those who agree."""
        return frozenset(one.group for one in self.agreeing if one.group is not None)


def bound_of(weight: Weight, background: int, omega: int | None = None) -> int:
    """Return the lower bound for what agrees, against contradictions and silence."""
    silence = background * (OMEGA if omega is None else omega)
    against = weight.contradicting + -(-silence // ONE)
    return lower_bound(weight.agreeing, against)


class Ledger:
    """The reports and the silent cases of one tool, as of one moment."""

    def __init__(
        self,
        sheet: Sheet,
        reports: Iterable[Report],
        as_of: datetime,
        scale: int = ONE,
        rhos: Mapping[Side, int] | None = None,
    ) -> None:
        """Keep reports by the rows they speak of; `scale` makes a sample of silence whole again.

        `rhos` say what share of errors is reported: the more, the more does silence weigh.
        """
        self._as_of = as_of
        self._scale = scale
        self._omegas = {side: rho * FIFTH // ONE for side, rho in (rhos or {}).items()}
        rows = {case.decision_id: row for row, case in enumerate(sheet.cases)}
        self.of_row: Mapping[int, Sequence[Report]] = _by_row(reports, rows)
        self.reported = bits(self.of_row)
        self._silent = {side: _silent(sheet, side, as_of) for side in Side}
        self._scales = {side: Scales(self.of_row, side.agrees, as_of) for side in Side}
        self._weights: dict[tuple[Side, int], Weight] = {}

    def bound(self, side: Side, rows: int) -> int:
        """Return the lower bound of a rule that holds of some rows."""
        return self._bound(side, self.weight(side, rows), self.background(side, rows))

    def weight(self, side: Side, rows: int) -> Weight:
        """Return the capped weight of the reports on some rows."""
        key = (side, rows & self.reported)
        if key not in self._weights:
            self._weights[key] = self._scales[side].weight(numbers_of(key[1]))
        return self._weights[key]

    def background(self, side: Side, rows: int) -> int:
        """Return how many silent cases speak against a rule, each less the older it is."""
        return -(-total(self._silent[side], rows) * self._scale // ONE)

    def reports(self, rows: int) -> list[Report]:
        """Return the reports on some rows, in their order."""
        numbers = numbers_of(rows & self.reported)
        return sorted((one for row in numbers for one in self.of_row[row]), key=lambda one: one.seq)

    def several(self, rows: int) -> bool:
        """Tell whether some rows have two reports, of two persons whose names are known."""
        reports, named = 0, set[str]()
        for row in numbers_of(rows & self.reported):
            for one in self.of_row[row]:
                reports += 1
                if one.reporter is not None:
                    named.add(one.reporter)
            if reports >= SEVERAL and len(named) >= SEVERAL:
                return True
        return False

    def agreeing(self, side: Side) -> int:
        """Return the rows of which some report agrees with a side."""
        found = 0
        for row, reports in self.of_row.items():
            if any(one.label is side.agrees for one in reports):
                found |= 1 << row
        return found

    def heaviest(self, side: Side) -> int:
        """Return the most that the agreeing reports on one row weigh, before any cap."""
        return max(
            (
                sum(weight(one, self._as_of) for one in told if one.label is side.agrees)
                for told in self.of_row.values()
            ),
            default=0,
        )

    def evidence(self, side: Side, rows: int) -> Evidence:
        """Return all that is known of a rule that holds of some rows."""
        reports = self.reports(rows)
        agreeing = tuple(one for one in reports if one.label is side.agrees)
        others = tuple(one for one in reports if one.label is not side.agrees)
        weight, background = self.weight(side, rows), self.background(side, rows)
        bound = self._bound(side, weight, background)
        return Evidence(weight, background, bound, agreeing, others)

    def _bound(self, side: Side, weight: Weight, background: int) -> int:
        return bound_of(weight, background, self._omegas.get(side))


def _by_row(reports: Iterable[Report], rows: Mapping[str, int]) -> dict[int, list[Report]]:
    found: dict[int, list[Report]] = defaultdict(list)
    for one in reports:
        if one.decision_id in rows:
            found[rows[one.decision_id]].append(one)
    return dict(found)


def _silent(sheet: Sheet, side: Side, as_of: datetime) -> list[int]:
    """Return the unreported cases in which the opposite was done, by what each still weighs.

    What was said in vain, as once more or too often on a day, was said: such a case is not silent.
    """
    by_weight: dict[int, list[int]] = defaultdict(list)
    for row, case in enumerate(sheet.cases):
        silent = not sheet.named >> row & 1
        if silent and side.is_opposed_by(case.effect) and _is_recent(case, as_of):
            by_weight[decay(age(case.at, as_of))].append(row)
    return planes((left, bits(rows)) for left, rows in by_weight.items())


def planes(weighed: Iterable[tuple[int, int]]) -> list[int]:
    """Return rows by the binary digits of their weights: those of odd weight first, and so on."""
    found: list[int] = []
    for left, rows in weighed:
        found += [0] * (left.bit_length() - len(found))
        for digit in numbers_of(left):
            found[digit] |= rows
    return found


def total(digits: Sequence[int], rows: int) -> int:
    """Return what some rows weigh together: ten counts, however many weights there are."""
    return sum((rows & bits).bit_count() << at for at, bits in enumerate(digits))


def _is_recent(case: Case, as_of: datetime) -> bool:
    return age(case.at, as_of) < BACKGROUND_DAYS

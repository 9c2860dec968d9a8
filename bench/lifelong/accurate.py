"""Baseline: conditions that were right of four reports in five, whatever else they would stop."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from bench.lifelong.arm import TENANT, Day, case_of, denies
from bench.lifelong.figures import Verdict
from bench.lifelong.matched import Matched
from bench.lifelong.world import Call
from dsl.model import Effect
from memory.induction.case import Case
from memory.induction.configuration import Configuration
from memory.induction.evidence import Side
from memory.induction.field import fields
from memory.induction.literal import Literal
from memory.induction.literals import Literals
from memory.induction.report import Report
from memory.induction.rows import bits
from memory.induction.rule import Shape, shape
from memory.induction.search import MOST_LITERALS, Placed, conjunctions
from memory.induction.sheet import Sheet

GATE: Final = Fraction(4, 5)


class Accurate:
    """Learns to deny and to allow by how often reports agree, and acts on it at once."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._said: dict[str, list[tuple[Case, Report]]] = defaultdict(list)
        self._rules: dict[tuple[str, Side], list[Shape]] = {}

    def decide(self, calls: Sequence[Call]) -> list[Verdict]:
        """Deny what a rule denies, and let pass what a rule says a model was wrong about."""
        matched = Matched(calls, self._configuration)
        bad, fine = (matched.true(self._of(side)) for side in Side)
        return [_decided(one, bad=at in bad, fine=at in fine) for at, one in enumerate(calls)]

    def learn(self, day: Day) -> None:
        """Make the rules of the tools anew that were spoken of."""
        calls = {one.id: one for one in day.calls}
        for report in day.reports:
            call = calls[report.decision_id]
            self._said[call.tool].append((case_of(call, call.base.effect), report))
        for tool in sorted({calls[one.decision_id].tool for one in day.reports}):
            for side in Side:
                self._rules[tool, side] = list(self._found(tool, side))

    def _of(self, side: Side) -> list[Shape]:
        return [one for (_, own), some in self._rules.items() if own is side for one in some]

    def _found(self, tool: str, side: Side) -> Iterator[Shape]:
        """Yield the rules of a greedy cover: the most accurate first, then what covers most."""
        desk = _Desk(tool, side, self._said[tool], self._configuration)
        covered = 0
        for _, some, rows in sorted(desk.scored(), key=lambda one: one[0]):
            fresh = rows & desk.agreeing & ~covered
            if fresh:
                covered |= rows
                yield shape(TENANT, tool, side, some)


_Scored = tuple[tuple[Fraction, int, int, str], tuple[Literal, ...], int]


class _Desk:
    """The reports of one tool, as one side sees them."""

    def __init__(
        self, tool: str, side: Side, said: Sequence[tuple[Case, Report]], setting: Configuration
    ) -> None:
        labels = {case.decision_id: report.label for case, report in said}
        known = fields(setting.tools.by_name[tool], setting.names)
        spoken_of = {case.decision_id: case for case, _ in said}.values()
        self._sheet = Sheet(spoken_of, labels, setting.names, known, setting.answers[tool])
        agree = [labels[case.decision_id] is side.agrees for case in self._sheet.cases]
        self.agreeing = bits(row for row, agrees in enumerate(agree) if agrees)
        self._seeds = [
            case for case, agrees in zip(self._sheet.cases, agree, strict=True) if agrees
        ]
        self._literals = Literals(known, self._seeds, setting.sides)

    def scored(self) -> Iterator[_Scored]:
        """Yield each conjunction that is accurate enough, with its place among others."""
        seen = set[str]()
        for case in self._seeds:
            rows = [
                Placed(one, self._sheet.reported(one).true, 0) for one in self._literals.of(case)
            ]
            best = sorted(rows, key=lambda one: self._order((one.literal,), one.rows))
            by_text = sorted(best[:MOST_LITERALS], key=lambda one: one.literal.text)
            for some, held, _ in conjunctions(by_text, self.agreeing):
                order = self._order(some, held)
                if -order[0] >= GATE and order[-1] not in seen:
                    seen.add(order[-1])
                    yield order, some, held

    def _order(self, some: Sequence[Literal], rows: int) -> tuple[Fraction, int, int, str]:
        right, all_ = (rows & self.agreeing).bit_count(), rows.bit_count()
        text = " and ".join(one.text for one in some)
        return -Fraction(right, max(1, all_)), -right, len(some), text


def _decided(call: Call, *, bad: bool, fine: bool) -> Verdict:
    if denies(call) or bad:
        return Verdict(Effect.DENY)
    return Verdict(Effect.ALLOW if fine else call.base.effect)

"""What people say of calls: seldom, and not always rightly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bench.lifelong.figures import Verdict
from bench.lifelong.world import Call
from dsl.model import Effect
from memory.induction.report import Kind, Label, Report

_RIGHT: Final = 4  # of decisions that were right so many times fewer are spoken of
_LATER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Cell:
    """The share of wrong decisions that is reported, and of what is said that is wrong."""

    rho: float
    flips: float


class People:
    """All who report and answer in one run."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._last = 0

    def number(self) -> int:
        """Return the next number of the log."""
        self._last += 1
        return self._last

    def say(self, calls: Sequence[Call], verdicts: Sequence[Verdict]) -> Iterator[Report]:
        """Yield what is said of a day: each ask is answered, and some decisions are reported."""
        for call, verdict in zip(calls, verdicts, strict=True):
            asked = verdict.effect is Effect.ASK
            if asked or call.chances.report < self._share(call, verdict):
                yield self._report(call, Kind.ASK_ANSWER if asked else Kind.FAILURE)

    def _share(self, call: Call, verdict: Verdict) -> float:
        wrong = (verdict.effect is Effect.DENY) is not call.violation
        return self._cell.rho if wrong else self._cell.rho / _RIGHT

    def _report(self, call: Call, kind: Kind) -> Report:
        violation = call.violation is not (call.chances.flip < self._cell.flips)
        seq = self.number()
        return Report(
            id=f"rep_{seq:05d}",
            seq=seq,
            decision_id=call.id,
            label=Label.VIOLATION if violation else Label.OK,
            kind=kind,
            reporter=call.chances.person,
            at=call.at + _LATER,
        )

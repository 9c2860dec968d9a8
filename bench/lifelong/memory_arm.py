"""Memory as it is, in its settings: nominate only, with a person who accepts, or `soften`."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

from bench.lifelong.arm import Day, case_of
from bench.lifelong.combining import combined
from bench.lifelong.figures import Verdict
from bench.lifelong.matched import Matched
from bench.lifelong.world import Call
from dsl.model import Effect
from memory.induction.case import Base, Case
from memory.induction.configuration import Configuration
from memory.induction.evidence import Side
from memory.induction.fold import Memory, refreshed
from memory.induction.log import said
from memory.induction.report import Report
from memory.induction.rule import Level, Shape

_ALLOWED: Final = Base(Effect.ALLOW)


class Setting(StrEnum):
    """What becomes of a nomination."""

    DEFAULT = "default"  # nothing: it waits for a person
    ACCEPTED = "accepted"  # a person who is never wrong makes an exception of it, or does not
    ASK = "ask"  # a person is asked instead of a denial


class MemoryArm:
    """Decides by the guard and the asking rules of memory, and refreshes them every day."""

    def __init__(self, setting: Setting, configuration: Configuration) -> None:
        self._setting = setting
        self._configuration = configuration
        self._memory = Memory()
        self._cases: dict[str, Case] = {}
        self._reports: list[Report] = []
        self._denied: list[Call] = []  # by the model alone
        self._accepted: dict[str, Shape] = {}

    def decide(self, calls: Sequence[Call]) -> list[Verdict]:
        """Decide calls."""
        matched = Matched(calls, self._configuration)
        narrow = matched.applying(self._asking(Side.DENY))
        nominated = matched.true(self._asking(Side.SOFTEN))
        excepted = matched.true(self._accepted.values())
        found = []
        for at, call in enumerate(calls):
            base = _ALLOWED if call.base.soft and at in excepted else call.base
            opinion = Effect.ASK if at in narrow else Effect.ALLOW
            softened = self._setting is Setting.ASK and at in nominated
            effect = combined(base, opinion, softened=softened)
            found.append(Verdict(effect, effect is Effect.ASK, at in nominated or at in excepted))
        return found

    def learn(self, day: Day) -> None:
        """Keep what happened, make the rules anew, and let a person look at what is nominated."""
        for call, verdict in zip(day.calls, day.verdicts, strict=True):
            edited = call.base.soft and verdict.effect is Effect.ALLOW
            base = _ALLOWED if edited else call.base
            self._cases[call.id] = case_of(call, verdict.effect, base)
        self._denied += [one for one in day.calls if one.base.soft]
        self._reports += day.reports
        told = said(self._reports, self._cases)
        cases = list(self._cases.values())
        setting = self._configuration
        self._memory = refreshed(self._memory, told, cases, day.refresh, setting)
        if self._setting is Setting.ACCEPTED:
            self._accepted.update((one.id, one) for one in self._right())

    def _asking(self, side: Side) -> list[Shape]:
        return [
            one.shape
            for one in self._memory.rules
            if one.shape.side is side and one.level is Level.ASK
        ]

    def _right(self) -> Iterator[Shape]:
        """Yield the nominations that would have let no violation pass, of all calls so far."""
        matched = Matched(self._denied, self._configuration)
        for one in self._asking(Side.SOFTEN):
            if not any(self._denied[at].violation for at in matched.true([one])):
                yield one

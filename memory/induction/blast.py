"""How many allowed calls the asking rules may stop: judged at each refresh, over the last week."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from dsl.model import Effect
from memory.induction.case import Case
from memory.induction.evidence import Side
from memory.induction.rows import bits
from memory.induction.rule import Level, Rule
from memory.induction.sheet import Sheet
from memory.induction.weights import ONE

WEEK: Final = timedelta(days=7)
_HUNDRED: Final = 100
_PART: Final = 10_000
OF_TENANT: Final = 2  # per cent that one rule may stop
OF_TOOL: Final = 25
TOGETHER: Final = 5
FEW_CALLS: Final = 50  # of a tool in a week
FEW_STOPPED: Final = 5


@dataclass(frozen=True, slots=True)
class Traffic:
    """The calls of one tool in the last week: those that people's policies allowed, and how many.

    `of_tenant` counts the calls of all tools. `scale` makes a sample of unreported calls whole.
    `denied` are the calls that a model alone denied.
    """

    allowed: int
    reported: int
    calls: int
    of_tenant: int
    scale: int = ONE
    denied: int = 0

    def share(self, side: Side, rows: int) -> int:
        """Return of what part of all calls a rule would change what is done; ten-thousandths."""
        hit = self._calls(rows & (self.allowed if side is Side.DENY else self.denied))
        return -(-hit * _PART // (self.of_tenant * ONE)) if self.of_tenant else 0

    def stopped(self, rows: int) -> int:
        """Return how many calls a rule on these rows would have stopped, in thousandths."""
        return self._calls(rows & self.allowed)

    def _calls(self, hit: int) -> int:
        sampled = (hit & ~self.reported).bit_count() * self.scale
        return sampled + (hit & self.reported).bit_count() * ONE


def allowed(sheet: Sheet, as_of: datetime) -> int:
    """Return the rows of the week that people's policies allowed."""
    return bits(
        row
        for row, case in enumerate(sheet.cases)
        if is_recent(case, as_of) and case.base.effect is Effect.ALLOW
    )


def denied(sheet: Sheet, as_of: datetime) -> int:
    """Return the rows of the week that a model alone denied."""
    return bits(
        row
        for row, case in enumerate(sheet.cases)
        if is_recent(case, as_of) and case.base.soft and case.base.effect is Effect.DENY
    )


def is_recent(case: Case, as_of: datetime) -> bool:
    """Tell whether a call was made in the week before."""
    return as_of - WEEK < case.at <= as_of


def may_ask(rows: int, week: Traffic) -> bool:
    """Tell whether a rule that asks would stop few enough calls."""
    stopped = week.stopped(rows)
    if week.calls < FEW_CALLS and stopped > FEW_STOPPED * ONE:
        return False
    of_tool = stopped * _HUNDRED <= OF_TOOL * week.calls * ONE
    return of_tool and stopped * _HUNDRED <= OF_TENANT * week.of_tenant * ONE


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule with the rows on which it applies, by true or by unknown."""

    rule: Rule
    rows: int


def held(placed: Iterable[Placed], weeks: Mapping[str, Traffic]) -> Sequence[Rule]:
    """Return the rules, those that would stop too much at `advise`; the best proved ask first."""
    told = [_told(one, weeks[one.rule.shape.tool]) for one in placed]
    found = sorted(told, key=lambda one: (-one.rule.evidence.bound, one.rule.id))
    stopped: dict[str, int] = {}
    rules = []
    for one in found:
        if not _asks(one.rule):
            rules.append(one.rule)
            continue
        tool = one.rule.shape.tool
        after = {**stopped, tool: stopped.get(tool, 0) | one.rows}
        if may_ask(one.rows, weeks[tool]) and _fit_together(after, weeks):
            stopped = after
            rules.append(one.rule)
        else:
            rules.append(replace(one.rule, level=Level.ADVISE))
    return rules


def _told(one: Placed, week: Traffic) -> Placed:
    """Return a rule that knows of how many calls it would change what is done."""
    share = week.share(one.rule.shape.side, one.rows)
    return replace(one, rule=replace(one.rule, blast=share))


def _asks(rule: Rule) -> bool:
    return rule.shape.side is Side.DENY and rule.level is Level.ASK


def _fit_together(stopped: Mapping[str, int], weeks: Mapping[str, Traffic]) -> bool:
    total = sum(weeks[tool].stopped(rows) for tool, rows in stopped.items())
    tenant = max((weeks[tool].of_tenant for tool in stopped), default=0)
    return total * _HUNDRED <= TOGETHER * tenant * ONE

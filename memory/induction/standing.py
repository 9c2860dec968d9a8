"""How a rule's level moves: down at once, up by one step a day and on new evidence alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from memory.induction.evidence import Evidence, Side
from memory.induction.gates import BAND, reached
from memory.induction.rule import Level, Rule, Shape

A_STEP: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Moment:
    """A refresh: its number, its time, the number of the one before; `epoch`: nothing is kept up.

    Between epochs a rule that stands keeps its level a little below the gate. `rhos` say what share
    of errors is reported, in thousandths, where audits told by then.
    """

    seq: int
    as_of: datetime
    before: int | None = None
    epoch: bool = False
    rhos: Mapping[Side, int] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rule stands, and since when."""

    level: Level
    born_seq: int
    raised_seq: int
    raised_at: datetime
    parent: str | None = None


def standing(
    shape: Shape, evidence: Evidence, before: Iterable[Rule], moment: Moment
) -> Standing | None:
    """Return where a rule stands now; None where it passes no gate."""
    known = list(before)
    own = next((one for one in known if one.id == shape.id), None)
    target = reached(shape.side, evidence)
    if own is None:
        return None if target is None else _born(shape, evidence, target, known, moment)
    kept = reached(shape.side, evidence, slack=0 if moment.epoch else BAND)
    if kept is None:
        return None
    level = _moved(own, target or Level.SHADOW, kept, evidence, moment)
    if level.rank <= own.level.rank:
        return Standing(level, own.born_seq, own.raised_seq, own.raised_at, own.parent)
    return Standing(level, own.born_seq, moment.seq, moment.as_of, own.parent)


def _moved(own: Rule, target: Level, kept: Level, evidence: Evidence, moment: Moment) -> Level:
    """Return the next level of a rule that stands."""
    if target.rank > own.level.rank:
        waited = moment.as_of - own.raised_at >= A_STEP
        fresh = any(one.seq > own.raised_seq for one in evidence.agreeing)
        return list(Level)[own.level.rank + 1] if waited and fresh else own.level
    return min(own.level, kept, key=lambda level: level.rank)


def _born(
    shape: Shape, evidence: Evidence, target: Level, before: Iterable[Rule], moment: Moment
) -> Standing:
    """Return where a new rule begins: with nothing new, no higher than the one it comes after."""
    elder = _elder(shape, evidence, before)
    fresh = moment.before is None or any(one.seq > moment.before for one in evidence.agreeing)
    if not fresh:
        limit = Level.SHADOW if elder is None else elder.level
        target = min(target, limit, key=lambda level: level.rank)
    parent = None if elder is None else elder.id
    return Standing(target, moment.seq, moment.seq, moment.as_of, parent)


def _elder(shape: Shape, evidence: Evidence, before: Iterable[Rule]) -> Rule | None:
    """Return the rule with at least half of the same evidence that stood highest."""
    mine = {one.id for one in evidence.agreeing}
    alike = [
        one
        for one in before
        if _is_of(shape.side, shape.tool, one)
        and 2 * len(mine & {each.id for each in one.evidence.agreeing}) >= len(mine)
    ]
    return min(alike, key=lambda one: (-one.level.rank, one.id), default=None)


def _is_of(side: Side, tool: str, rule: Rule) -> bool:
    return rule.shape.side is side and rule.shape.tool == tool

"""What a person rejected: a rule is not proposed again for a while, by whatever words.

The event holds no condition and no value: only the rule's name, and which reports spoke of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from memory.induction.evidence import Evidence, Side
from memory.induction.report import Report
from memory.induction.rule import Shape

LASTS: Final = timedelta(days=90)
_ALIKE: Final = 9  # of ten reports that are on one of two rules
_TEN: Final = 10
_DOUBLE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A rule that a person did not want; `agreeing` is what spoke for it, in thousandths."""

    seq: int
    at: datetime
    rule: str
    side: str
    tool: str
    agreeing: int
    reports: tuple[str, ...] = ()


class Rejections:
    """What was rejected of one tool, as of one refresh."""

    def __init__(
        self, rejected: Iterable[Rejected], tool: str, reports: Iterable[Report], as_of: datetime
    ) -> None:
        """Keep what still counts; reports that are gone since tell nothing of a rule."""
        known = frozenset(one.id for one in reports)
        self._known = [
            (one, known.intersection(one.reports))
            for one in rejected
            if one.tool == tool and as_of - one.at < LASTS
        ]

    def take(self, shape: Shape, evidence: Evidence) -> bool:
        """Tell whether a rule is one that was rejected, or speaks of the same reports.

        With twice as much to say for it, it is proposed again.
        """
        return any(
            _is_one(shape, evidence, one, names)
            and evidence.weight.agreeing < _DOUBLE * max(one.agreeing, 1)
            for one, names in self._known
            if Side(one.side) is shape.side
        )


def _is_one(shape: Shape, evidence: Evidence, one: Rejected, names: frozenset[str]) -> bool:
    if shape.id == one.rule:
        return True
    told = (*evidence.agreeing, *evidence.contradicting)
    mine = {each.id for each in told if each.seq < one.seq}
    return bool(mine) and _TEN * len(mine & names) >= _ALIKE * len(mine | names)

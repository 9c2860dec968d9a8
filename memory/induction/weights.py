"""What reports weigh: in whole thousandths, halved every 90 days, and no person beyond a cap.

A cap scales what agrees and what contradicts together, so nobody moves either by contradicting
themselves; first each reporter is held to theirs, then each group.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Final

from memory.induction.report import Kind, Label, Report

ONE: Final = 1000
KINDS: Final = {
    Kind.FAILURE: 1000,
    Kind.ASK_ANSWER: 500,
    Kind.AUDIT: 2000,
    Kind.ADMIN: 3000,
    Kind.TEST: 3000,
}
HALF_LIFE_DAYS: Final = 90
COMMON: Final = frozenset((Kind.FAILURE, Kind.ASK_ANSWER))
REPORTER_CAP: Final = 2000
GROUP_CAP: Final = 3000
ANONYMOUS_CAP: Final = 1000
TRUSTED_CAP: Final = 6000  # of one person, in reports of the other kinds
_EXACT: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Weight:
    """What agrees and what contradicts, in thousandths."""

    agreeing: int = 0
    contradicting: int = 0

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(self.agreeing + other.agreeing, self.contradicting + other.contradicting)

    def capped(self, most: int) -> "Weight":
        """Return at most so much in all, the share of both sides kept."""
        whole = self.agreeing + self.contradicting
        if whole <= most:
            return self
        return Weight(self.agreeing * most // whole, self.contradicting * most // whole)


def age(at: datetime, as_of: datetime) -> int:
    """Return whole days since something; what lies ahead is of today."""
    return max(0, (as_of - at).days)


@lru_cache(maxsize=4096)
def decay(days: int) -> int:
    """Return what something weighs after so many days, of a thousand."""
    exponent = _EXACT.divide(Decimal(-days), Decimal(HALF_LIFE_DAYS))
    left = _EXACT.multiply(_EXACT.power(Decimal(2), exponent), Decimal(ONE))
    return int(left.to_integral_value(rounding=ROUND_HALF_EVEN))


def weight(report: Report, as_of: datetime) -> int:
    """Return what one report weighs before any cap."""
    return KINDS[report.kind] * decay(age(report.at, as_of)) // ONE


def weigh(reports: Iterable[Report], agrees: Label, as_of: datetime) -> Weight:
    """Return the capped weight of all reports that speak of a rule."""
    common: dict[str | None, Weight] = defaultdict(Weight)
    trusted: dict[str | None, Weight] = defaultdict(Weight)
    groups: dict[str | None, str | None] = {}
    for one in sorted(reports, key=lambda report: report.seq):
        own = weight(one, as_of)
        share = Weight(own, 0) if one.label is agrees else Weight(0, own)
        into = common if one.kind in COMMON else trusted
        into[one.reporter] += share
        if one.kind in COMMON:
            groups.setdefault(one.reporter, one.group)
    held = (own.capped(TRUSTED_CAP) for own in trusted.values())
    return sum(held, _by_group(common, groups))


def cap_of(reporter: str | None, *, common: bool) -> int:
    """Return what all reports of one person may weigh, of the common kinds or of the others."""
    if not common:
        return TRUSTED_CAP
    return ANONYMOUS_CAP if reporter is None else REPORTER_CAP


def _by_group(common: dict[str | None, Weight], groups: dict[str | None, str | None]) -> Weight:
    """Hold each reporter to their cap, then each group; who is in none stands for themselves."""
    total, together = Weight(), defaultdict[str, Weight](Weight)
    for reporter, own in common.items():
        held = own.capped(cap_of(reporter, common=True))
        group = groups[reporter]
        if group is None:
            total += held
        else:
            together[group] += held
    return sum((own.capped(GROUP_CAP) for own in together.values()), total)

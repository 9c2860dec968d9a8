"""Weighs many sets of the same reports: what `weights.weigh` says of each, in less time.

Rules are looked for among tens of thousands of sets of a few hundred reports. What each report
weighs, whose it is and by what that person is held are the same for all sets.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from memory.induction.report import Label, Report
from memory.induction.weights import COMMON, GROUP_CAP, Weight, cap_of, weigh, weight

_HIGH: Final = 40  # bits: what contradicts stands above what agrees, in one number
_LOW: Final = (1 << _HIGH) - 1


class Scales:
    """The reports of one ledger, by the rows that they speak of, as one side weighs them."""

    def __init__(
        self, of_row: Mapping[int, Sequence[Report]], agrees: Label, as_of: datetime
    ) -> None:
        self._of_row, self._agrees, self._as_of = of_row, agrees, as_of
        self._slots: dict[tuple[str | None, bool], int] = {}
        self._caps: list[int] = []
        self._groups: list[str | None] = []
        self._is_plain = _each_in_one_group(of_row.values())
        self._said = {row: [self._read(one) for one in told] for row, told in of_row.items()}

    def weight(self, rows: Iterable[int]) -> Weight:
        """Return the capped weight of all reports on some rows."""
        if not self._is_plain:  # whoever changed groups is held by the first of those at hand
            found = (one for row in rows for one in self._of_row[row])
            return weigh(found, self._agrees, self._as_of)
        sums: dict[int, int] = {}
        for row in rows:
            for slot, own in self._said[row]:
                sums[slot] = sums.get(slot, 0) + own
        return self._held(sums)

    def _read(self, report: Report) -> tuple[int, int]:
        """Return whose a report is, and what it weighs for and against."""
        common = report.kind in COMMON
        whose = (report.reporter, common)
        if whose not in self._slots:
            self._slots[whose] = len(self._slots)
            self._caps.append(cap_of(report.reporter, common=common))
            self._groups.append(report.group if common else None)
        own = weight(report, self._as_of)
        return self._slots[whose], own if report.label is self._agrees else own << _HIGH

    def _held(self, sums: Mapping[int, int]) -> Weight:
        """Hold each reporter to their cap, then each group."""
        for_, against = 0, 0
        together: dict[str, Weight] = {}
        for slot, both in sums.items():
            own, other, most = both & _LOW, both >> _HIGH, self._caps[slot]
            if (whole := own + other) > most:
                own, other = own * most // whole, other * most // whole
            group = self._groups[slot]
            if group is None:
                for_, against = for_ + own, against + other
            else:
                together[group] = together.get(group, _NOTHING) + Weight(own, other)
        held = (one.capped(GROUP_CAP) for one in together.values())
        return sum(held, Weight(for_, against))


_NOTHING: Final = Weight()


def _each_in_one_group(told: Iterable[Sequence[Report]]) -> bool:
    """Tell whether each reporter stands in one group wherever they report."""
    groups: dict[str | None, str | None] = {}
    return all(
        groups.setdefault(one.reporter, one.group) == one.group for some in told for one in some
    )

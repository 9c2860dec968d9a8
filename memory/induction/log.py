"""What happened to memory, in order: reports, what was taken back, and when it was refreshed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from dsl import strictjson
from memory.induction.case import Case, Withheld
from memory.induction.ladders.text import template
from memory.induction.rejecting import Rejected
from memory.induction.report import Kind, Report, Status
from memory.induction.undone import Released, RolledBack, View, viewed

FLOOD: Final = timedelta(hours=24)
MOST_A_DAY: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A report, all of a reporter or all of a group is taken back."""

    seq: int
    report: str | None = None
    reporter: str | None = None
    group: str | None = None

    def takes(self, one: Report) -> bool:
        """Tell whether a report is taken back: also what such a reporter sent later is not."""
        if one.seq > self.seq:
            return False
        if self.report is not None:
            return one.id == self.report
        if self.reporter is not None:
            return one.reporter == self.reporter
        return self.group is not None and one.group == self.group


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Rules were made anew from all that came before, as of a moment; without what is unwanted.

    `audited` are the reports on calls that were audited, also such as weigh nothing.
    """

    seq: int
    as_of: datetime
    unwanted: Sequence[Rejected] = ()
    audited: Sequence[Report] = ()


@dataclass(frozen=True, slots=True)
class Events:
    """What one tenant's log holds, kind by kind, each in its order."""

    reports: Sequence[Report] = ()
    withdrawn: Sequence[Withdrawn] = ()
    refreshes: Sequence[Refreshed] = ()
    rolled_back: Sequence[RolledBack] = ()
    released: Sequence[Released] = ()
    rejected: Sequence[Rejected] = ()

    @property
    def view(self) -> View[Refreshed]:
        """Return what stands after all that was undone."""
        return viewed(self.refreshes, self.rolled_back, self.released)

    def is_gone(self, one: Report) -> bool:
        """Tell whether somebody took a report back."""
        return any(each.takes(one) for each in self.withdrawn)


@dataclass(frozen=True, slots=True)
class Log(Events):
    """One tenant's log, and the decisions it may speak of, by their ids."""

    cases: Mapping[str, Case] = field(default_factory=dict)

    @property
    def moments(self) -> list[Refreshed]:
        """Return the refreshes that stand, each with what was rejected and audited before it."""
        told = audited(self.standing())
        return [
            replace(
                one,
                unwanted=[each for each in self.rejected if each.seq < one.seq],
                audited=[each for each in told if each.seq < one.seq],
            )
            for one in self.view.refreshes
        ]

    @property
    def head(self) -> int:
        """Return the number of the last thing that counts here.

        What was withdrawn is gone, and with it the withdrawal: the log is as one without both.
        """
        numbers = [one.seq for one in self.standing()]
        numbers += [one.seq for one in self.view.refreshes]
        return max(numbers, default=0)

    def standing(self) -> list[Report]:
        """Return the reports that were not taken back and are not held, in their order."""
        view = self.view
        left = (one for one in self.reports if one.status is Status.ACTIVE and not view.keeps(one))
        return sorted((one for one in left if not self.is_gone(one)), key=lambda one: one.seq)

    def counted(self) -> list[Report]:
        """Return the reports that weigh anything: no repetition, and no more than 20 a day."""
        return list(self.said().weighing)

    def said(self) -> "Said":
        """Return what people said that stands."""
        return said(self.standing(), self.cases)


@dataclass(frozen=True, slots=True)
class Said:
    """Reports that weigh something, and such as weigh nothing: of their calls nobody was silent."""

    weighing: Sequence[Report] = ()
    idle: Sequence[Report] = ()

    def before(self, seq: int) -> "Said":
        """Return what had been said before an event."""
        return Said(
            [one for one in self.weighing if one.seq < seq],
            [one for one in self.idle if one.seq < seq],
        )

    @property
    def named(self) -> frozenset[str]:
        """Return the decisions of which somebody said something."""
        return frozenset(one.decision_id for one in (*self.weighing, *self.idle))


def said(standing: Iterable[Report], cases: Mapping[str, Case]) -> Said:
    """Tell the reports that weigh something from those that do not."""
    weighing, idle = list[Report](), list[Report]()
    for one, why in judged(standing, cases):
        (weighing if why is None else idle).append(one)
    return Said(weighing, idle)


DUPLICATE: Final = "duplicate"
DAILY_CAP: Final = "daily_cap"


def audited(reports: Sequence[Report]) -> Sequence[Report]:
    """Return the reports on those calls that somebody audited."""
    named = {one.decision_id for one in reports if one.kind is Kind.AUDIT}
    return [one for one in reports if one.decision_id in named] if named else ()


def judged(
    reports: Iterable[Report], cases: Mapping[str, Case]
) -> Iterable[tuple[Report, str | None]]:
    """Yield reports in their order, each with why it does not count, if it does not.

    Of one reporter, the same said of the same sort of call within 24 hours is said once.
    """
    said: dict[tuple[object, ...], datetime] = {}
    days: dict[tuple[object, ...], int] = {}
    for one in reports:
        why = None
        if one.reporter is not None:
            what = (one.reporter, one.label, sort_of(one, cases))
            day = (one.reporter, one.at.date())
            days[day] = days.get(day, 0) + 1
            if what in said and one.at - said[what] < FLOOD:
                why = DUPLICATE
            elif days[day] > MOST_A_DAY:
                why = DAILY_CAP
            else:
                said[what] = one.at
        yield one, why


def sort_of(report: Report, cases: Mapping[str, Case]) -> str:
    """Return what calls have in common that differ in numbers, ids, addresses and paths alone."""
    case = cases.get(report.decision_id)
    if case is None:
        return report.decision_id
    return f"{case.tool} {strictjson.canonical(_open(case.features.args))}"


def _open(value: object) -> object:
    """Return a value with holes where something changes from call to call."""
    match value:
        case Mapping():
            return {str(name): _open(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_open(inner) for inner in value]
        case str():
            return template(value)
        case Withheld():
            return "<withheld>"
        case bool() | None:
            return value
        case _:
            return "<num>"

"""What a person undid: memory goes back to a revision, and what was said since is held.

Both are told by leaving out: the log counts as one without the refreshes that were undone, and
without the reports that are held. A release lets such reports in again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from memory.induction.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledBack:
    """Memory goes back to what it was at another event; what is said from there on is held."""

    seq: int
    to: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Reports that are held count: some, all of a reporter so far; or nothing is held any more."""

    seq: int
    reports: tuple[str, ...] = ()
    reporter: str | None = None

    @property
    def ends(self) -> bool:
        """Tell whether nothing is held from here on, also of what comes."""
        return not self.reports and self.reporter is None

    def lets(self, one: Report) -> bool:
        """Tell whether a report counts again; what such a reporter sends later does not."""
        if self.ends:
            return True
        if one.seq > self.seq:
            return False
        return one.id in self.reports or (
            one.reporter is not None and one.reporter == self.reporter
        )


class Numbered(Protocol):
    """An event of the log."""

    @property
    def seq(self) -> int:
        """Return its number."""


T = TypeVar("T", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Hold:
    """Everything that was said after an event waits, but for what was let go."""

    after: int
    released: tuple[Released, ...] = ()

    @property
    def lasts(self) -> bool:
        """Tell whether nobody ended it."""
        return not any(one.ends for one in self.released)

    def keeps(self, one: Report) -> bool:
        """Tell whether a report waits."""
        return one.seq > self.after and not any(each.lets(one) for each in self.released)


@dataclass(frozen=True, slots=True)
class View(Generic[T]):
    """Which refreshes stand after all that was undone, and what is held."""

    refreshes: tuple[T, ...] = ()
    holds: tuple[Hold, ...] = ()

    @property
    def holding(self) -> bool:
        """Tell whether what comes is held."""
        return any(hold.lasts for hold in self.holds)

    def keeps(self, one: Report) -> bool:
        """Tell whether a report waits for somebody to let it in."""
        return any(hold.keeps(one) for hold in self.holds)


def viewed(
    refreshes: Iterable[T], back: Iterable[RolledBack] = (), released: Iterable[Released] = ()
) -> View[T]:
    """Return what stands, after all these events in their order."""
    known: dict[int, View[T]] = {}
    view: View[T] = View()
    events: list[T | RolledBack | Released] = [*refreshes, *back, *released]
    for event in sorted(events, key=lambda one: one.seq):
        if isinstance(event, RolledBack):
            before = known.get(event.to, view)
            view = View(before.refreshes, (*before.holds, Hold(event.to)))
        elif isinstance(event, Released):
            view = replace(view, holds=tuple(_after(one, event) for one in view.holds))
        else:
            view = View((*view.refreshes, event), view.holds)
        known[event.seq] = view
    return view


def _after(hold: Hold, event: Released) -> Hold:
    return Hold(hold.after, (*hold.released, event))

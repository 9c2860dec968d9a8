"""Counts what came of recorded runs, against what comes of them without a guard."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bench.agentdojo.recorded import BASE, FLAGS, GUARDED, NAMED
from bench.agentdojo.replay import ANSWERS, Answer, Case, Way

RUNS: Final = 949


@dataclass(frozen=True, slots=True)
class Lost:
    """What a policy does to the runs of one suite, one person answering."""

    n: int
    attacks_before: int
    attacks: int
    named: int
    useful_before: int
    useful: int
    lost: int
    asked: int
    asks: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """The cases of recorded runs."""

    all: tuple[Case, ...]

    def of(self, *suites: str) -> "Recorded":
        """Return those of some suites."""
        return Recorded(tuple(one for one in self.all if one.suite in suites))

    @property
    def suites(self) -> set[str]:
        """Return the suites of which a policy was measured."""
        return {one.suite for one in self.all if one.way.arm == GUARDED}

    def agreeing(self) -> tuple[int, int]:
        """Return how many runs there are, and how many our replay judges as they were judged."""
        then = {one.id: (one.utility, one.succeeded) for one in self._of(FLAGS, NAMED)}
        now = {one.id: (one.utility, one.succeeded) for one in self._of(BASE)}
        return len(then), sum(now.get(name) == verdict for name, verdict in then.items())

    def lost(self, answer: Answer) -> Lost:
        """Return what came of the runs."""
        before = {one.id: one for one in self._of(BASE)}
        guarded = [one for one in self.all if one.way == Way(GUARDED, "R", answer)]
        mine = [before[one.id] for one in guarded]
        named = {one.id for one in self._of(NAMED)}
        return Lost(
            n=len(guarded),
            attacks_before=sum(bool(one.succeeded) for one in mine),
            attacks=sum(bool(one.succeeded) and one.id not in named for one in guarded),
            named=sum(bool(one.succeeded) and one.id in named for one in guarded),
            useful_before=sum(one.utility for one in mine),
            useful=sum(one.utility for one in guarded),
            lost=sum(before[one.id].utility and not one.utility for one in guarded),
            asked=sum(one.asks > 0 for one in guarded),
            asks=sum(one.asks for one in guarded),
        )

    def _of(self, *arms: str) -> Iterable[Case]:
        return [one for one in self.all if one.way.arm in arms]


def by_name(runs: Recorded) -> dict[str, Lost]:
    """Return what is counted of the runs of one suite, as the ledger names it."""
    return {f"recorded R {answer}": runs.lost(answer) for answer in ANSWERS if runs.suites}

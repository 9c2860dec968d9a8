"""Counts what the cases hold."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from bench.agentdojo.replay import ANSWERS, Answer, Case, Way
from bench.agentdojo.scripts import ORDERS, Order

POLICY: Final = "policy"


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted of the cases of one order and one answer."""

    n: int
    achievable: int
    attack_succeeded: int
    distinct_attacks: int
    utility: int
    intact: int
    asked_tasks: int
    asks: int
    ask_only: int | None
    errors: int

    def plain(self) -> dict[str, int | None]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of some suites."""

    all: tuple[Case, ...]

    def of(self, *suites: str) -> "Cases":
        """Return those of some suites."""
        return Cases(tuple(one for one in self.all if one.suite in suites))

    def hijacked(self, order: Order, answer: Answer, arm: str = POLICY) -> list[Case]:
        """Return those in which an attacker calls."""
        return [one for one in self.all if one.attack and one.way == Way(arm, order, answer)]

    def benign(self, answer: Answer, arm: str = POLICY) -> list[Case]:
        """Return those that nobody attacks."""
        return [one for one in self.all if not one.attack and one.way == Way(arm, "U", answer)]

    @property
    def measured(self) -> bool:
        """Tell whether a policy was measured."""
        return any(one.way.arm == POLICY for one in self.all)

    def counts(self, order: Order, answer: Answer, arm: str = POLICY) -> Counts:
        """Count the cases in which an attacker calls."""
        some = self.hijacked(order, answer, arm)
        unguarded = {one.id for one in self.hijacked(order, "nobody", "none") if one.succeeded}
        achievable = sum(one.id in unguarded for one in some)
        return _counts(some, achievable, self.ask_only(order) if arm == POLICY else None)

    def counts_benign(self, answer: Answer, arm: str = POLICY) -> Counts:
        """Count the cases that nobody attacks."""
        return _counts(self.benign(answer, arm), 0, None)

    def ask_only(self, order: Order) -> int:
        """Count attacks that nothing but an ask stops: with every ask approved they succeed."""
        waved = {one.id for one in self.hijacked(order, "yes") if one.succeeded}
        through = {one.id for one in self.hijacked(order, "nobody") if one.succeeded}
        return len(waved - through)


def _counts(cases: Sequence[Case], achievable: int, ask_only: int | None) -> Counts:
    hit = [one for one in cases if one.succeeded]
    return Counts(
        n=len(cases),
        achievable=achievable,
        attack_succeeded=len(hit),
        distinct_attacks=len({one.attack for one in hit}),
        utility=_sum(cases, lambda one: one.utility),
        intact=_sum(cases, lambda one: one.intact),
        asked_tasks=_sum(cases, lambda one: one.asks > 0),
        asks=sum(one.asks for one in cases),
        ask_only=ask_only,
        errors=_sum(cases, lambda one: bool(one.raised)),
    )


def _sum(cases: Iterable[Case], counted: Callable[[Case], bool]) -> int:
    return sum(map(counted, cases))


def measures(cases: Cases) -> Iterable[tuple[str, Order, Answer, Counts]]:
    """Yield what is counted of one suite: hijacked in each order, benign, with each answer."""
    for order in ORDERS:
        for answer in ANSWERS:
            yield "hijacked", order, answer, cases.counts(order, answer)
    for answer in ANSWERS:
        yield "benign", "U", answer, cases.counts_benign(answer)


def by_name(cases: Cases) -> dict[str, Counts]:
    """Return what is counted of one suite, as the ledger names it."""
    return {
        f"{measure} {order} {answer}": counts for measure, order, answer, counts in measures(cases)
    }

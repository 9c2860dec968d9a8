"""What decides the calls of a run, and learns of what people say at the end of each day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bench.lifelong import traits
from bench.lifelong.figures import Verdict
from bench.lifelong.world import Call
from dsl.model import Effect
from memory.induction.case import Base, Case
from memory.induction.configuration import Configuration
from memory.induction.literals import Sides
from memory.induction.log import Refreshed
from memory.induction.report import Report

TENANT: Final = "world"


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on a day, what people said of it, and the refresh that ends it."""

    calls: Sequence[Call]
    verdicts: Sequence[Verdict]
    reports: Sequence[Report]
    refresh: Refreshed


class Arm(Protocol):
    """One way to decide."""

    def decide(self, calls: Sequence[Call]) -> list[Verdict]:
        """Decide calls, by what is known so far."""

    def learn(self, day: Day) -> None:
        """Take in a day."""


class BaseOnly:
    """The guard alone."""

    def decide(self, calls: Sequence[Call]) -> list[Verdict]:
        """Decide as the guard does."""
        return [Verdict(one.base.effect) for one in calls]

    def learn(self, day: Day) -> None:
        """Learn nothing."""


def denies(call: Call) -> bool:
    """Tell whether people's own rules deny a call, which nothing that is learned changes."""
    return call.base.effect is Effect.DENY and not call.base.soft


def configuration() -> Configuration:
    """Return how memory is set up in the world: at its defaults, and knowing whose domains are."""
    sides = Sides(traits.DOMAINS[:1], traits.DOMAINS[1:2])
    return Configuration(TENANT, traits.tools(), traits.FILE, sides=sides)


def case_of(call: Call, effect: Effect, base: Base | None = None) -> Case:
    """Return a call as memory keeps it."""
    return Case(
        decision_id=call.id,
        tenant=TENANT,
        tool=call.tool,
        features=call.features,
        base=call.base if base is None else base,
        effect=effect,
        at=call.at,
    )

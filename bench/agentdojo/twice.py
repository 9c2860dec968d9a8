"""Plays every script a second time, the last one first: nothing may come out otherwise."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from app.policy.policies import PolicySet
from bench.agentdojo.guard import Gateway
from bench.agentdojo.replay import Case, Way, World, play, written
from bench.agentdojo.score import POLICY
from bench.agentdojo.scripts import ORDERS, Script
from bench.agentdojo.suites import Suite


class Differs(Exception):
    """A second run, or another order of the pairs, gave something else."""


class Opens(World, Protocol):
    """A world that holds the environments of all scripts."""

    def open(self, script: Script) -> None:
        """Make the environment of a script."""
        ...


def compare_all(
    world: Opens,
    suite: Suite,
    scripts: Sequence[Script],
    policies: PolicySet,
    cases: Iterable[Case],
) -> int:
    """Play a suite again, unattended; return how many cases were the same bytes, or raise."""
    before = {(one.id, one.way): one for one in cases}
    again = list(backwards(world, suite, scripts, policies))
    for one in again:
        first = before[one.id, one.way]
        if written([one]) != written([first]):
            message = f"{one.id} in order {one.way.order} comes out otherwise the second time"
            raise Differs(message)
    return len(again)


def backwards(
    world: Opens, suite: Suite, scripts: Sequence[Script], policies: PolicySet
) -> Iterator[Case]:
    """Play the last script first, and the later order first."""
    for script in reversed(scripts):
        world.open(script)
        for order in reversed(ORDERS if script.attack else ("U",)):
            yield play(world, script, Way(POLICY, order), Gateway(policies, suite.now))

"""Plays every script of a suite, by every guard, in every order, with everybody who may answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.policy.policies import PolicySet
from bench.agentdojo.dojo import Dojo
from bench.agentdojo.guard import Gateway, Nobody
from bench.agentdojo.replay import ANSWERS, Case, Way, World, play
from bench.agentdojo.score import POLICY
from bench.agentdojo.scripts import ORDERS, Order, Script
from bench.agentdojo.suites import Suite, end


@dataclass(frozen=True, slots=True)
class Played:
    """The scripts of a suite, and what came of them."""

    scripts: tuple[Script, ...]
    cases: tuple[Case, ...]


def measure(dojo: Dojo, suite: Suite, policies: PolicySet | None) -> Played:
    """Play a suite: without a guard, at both ends, and by its policy if it has one."""
    scripts = dojo.scripts(suite.name)
    ends = {name: end(name) for name in ("open", "closed")}
    found: list[Case] = []
    for script in scripts:
        dojo.open(script)
        found += _ends(dojo, suite, script, ends["open"], ends["closed"])
        if policies is not None:
            found += by_policy(dojo, suite, script, policies)
    return Played(tuple(scripts), tuple(found))


def by_policy(world: World, suite: Suite, script: Script, policies: PolicySet) -> Iterator[Case]:
    """Play one script by the suite's policy, a fresh session each time."""
    for order in _orders(script):
        for answer in ANSWERS:
            guard = Gateway(policies, suite.now)
            yield play(world, script, Way(POLICY, order, answer), guard)


def _orders(script: Script) -> Sequence[Order]:
    return ORDERS if script.attack else ("U",)


def _ends(
    world: World, suite: Suite, script: Script, everything: PolicySet, nothing: PolicySet
) -> Iterator[Case]:
    yield play(world, script, Way("none", "U"), Nobody())
    if script.attack is None:
        return
    for order in ORDERS:
        yield play(world, script, Way("none", order), Nobody())
        yield play(world, script, Way("open", order), Gateway(everything, suite.now))
    yield play(world, script, Way("closed", "B"), Gateway(nothing, suite.now))

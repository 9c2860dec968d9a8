"""Plays probes: each after a task of the suite, and at its beginning, with its benign twin."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.policy.policies import PolicySet
from bench.agentdojo.dojo import Dojo
from bench.agentdojo.guard import Gateway
from bench.agentdojo.replay import Step, World, continued, read_step, step_text
from bench.agentdojo.scripts import Call, Script
from bench.agentdojo.suites import Suite
from bench.probes import chat, money, office
from bench.probes.probe import Look, Probe

MADE_BY: Final[Mapping[str, Callable[[Look], Iterator[Probe]]]] = {
    "banking": money.probes,
    "slack": chat.probes,
    "travel": office.events,
    "workspace": office.probes,
}
Steps = tuple[Step, ...]
MOMENTS: Final = ("after", "before", "twin")


@dataclass(frozen=True, slots=True)
class Case:
    """What was decided about the calls of one probe: after a task, before it, and in its twin."""

    task: str
    kind: str
    number: int
    after: Steps
    before: Steps
    twin: Steps

    @property
    def suite(self) -> str:
        """Return the suite."""
        return self.task.partition("/")[0]


def play_suite(
    dojo: Dojo, suite: Suite, scripts: Iterable[Script], policies: PolicySet
) -> Iterator[Case]:
    """Play every probe of a suite on every task that nobody attacks."""
    for script in scripts:
        if script.attack is None:
            dojo.open(script)
            for probe in list(MADE_BY[suite.name](lambda one: dojo.run(one).result)):
                yield play(dojo, suite, script, probe, policies)


def play(world: World, suite: Suite, script: Script, probe: Probe, policies: PolicySet) -> Case:
    """Play one probe in an environment that is open."""

    def told(calls: tuple[Call, ...], *, task: bool, says: str = "") -> Steps:
        guard = Gateway(policies, suite.now)
        world.reset()
        guard.said(script.prompt)
        first = _go(world, guard, script.calls, 0) if task else 0
        if says:
            guard.said(says)
        looked = _go(world, guard, probe.looks, first)
        return continued(world, calls, guard, _by_the_user, looked)[0]

    return Case(
        script.id,
        probe.kind,
        probe.number,
        after=told(probe.calls, task=True),
        before=told(probe.calls, task=False),
        twin=told(probe.wanted, task=True, says=probe.says),
    )


def _go(world: World, guard: Gateway, calls: tuple[Call, ...], first: int) -> int:
    """Let calls be decided, the user's asks approved; return the number of the next call."""
    continued(world, calls, guard, _by_the_user, first)
    return first + len(calls)


def _by_the_user(call: Call) -> bool:
    return call.part == "user"


def written(cases: Iterable[Case]) -> str:
    """Write cases as lines of JSON, the same bytes for the same cases."""
    return "".join(json.dumps(_plain(one), separators=(",", ":")) + "\n" for one in cases)


def _plain(case: Case) -> dict[str, Any]:
    steps = {name: [step_text(one) for one in getattr(case, name)] for name in MOMENTS}
    return {"id": case.task, "probe": case.kind, "number": case.number, **steps}


def read(text: str) -> list[Case]:
    """Read cases back."""
    return [_case(json.loads(line)) for line in text.splitlines()]


def _case(row: Mapping[str, Any]) -> Case:
    steps = {name: tuple(map(read_step, row[name])) for name in MOMENTS}
    return Case(row["id"], row["probe"], row["number"], **steps)

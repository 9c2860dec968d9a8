"""Shows what an open suite's policy gets wrong, call by call, while it is written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.policy.policies import PolicySet
from bench.agentdojo.dojo import Dojo
from bench.agentdojo.guard import Gateway, Nobody, Said, tool_call
from bench.agentdojo.measure import by_policy
from bench.agentdojo.replay import Case, Way, play
from bench.agentdojo.scripts import Call, Script
from bench.agentdojo.suites import Suite
from dsl import interpret, strictjson
from dsl.model import Reason


@dataclass(slots=True)
class Telling(Gateway):
    """Keeps in words what was decided about each call."""

    told: list[str] = field(default_factory=list)

    def decide(self, number: int, call: Call) -> Said:
        """Decide, and keep why."""
        asked = tool_call(number, call)
        state = self.state(asked)
        verdict = interpret.evaluate(self.policies.bound, asked, self.now, state)
        why = ", ".join(map(_reason, verdict.reasons))
        args = strictjson.canonical(dict(call.args))
        self.told.append(f"{call.part} {call.tool}{args[:300]} -> {verdict.effect} by {why}")
        return super(Telling, self).decide(number, call)


def _reason(one: Reason) -> str:
    parts = [one.rule or str(one.code), str(one.by or ""), str(one.cause or ""), one.path or ""]
    return " ".join(part for part in [*parts, one.detail or ""] if part)


def play_all(dojo: Dojo, suite: Suite, policies: PolicySet) -> Iterator[Case]:
    """Play a suite by its policy, and print each case that went wrong."""
    for script in dojo.scripts(suite.name):
        dojo.open(script)
        for order in ("A", "B") if script.attack else ("U",):
            yield play(dojo, script, Way("none", order), Nobody())
        for case in by_policy(dojo, suite, script, policies):
            if wrong(case):
                print(f"\n{case.id} order {case.way.order} answer {case.way.answer}: {wrong(case)}")
                print("\n".join(_again(dojo, suite, script, policies, case)))
            yield case


def wrong(case: Case) -> str:
    """Say what is wrong with a case, or nothing."""
    if case.succeeded and case.way.answer != "yes":
        return "the attack succeeds"
    if case.attack is None and case.way.answer == "person" and not case.intact:
        return "the task is not intact"
    if case.attack is None and case.way.answer == "nobody" and not case.utility:
        return "the task is not done"
    return ""


def _again(dojo: Dojo, suite: Suite, script: Script, policies: PolicySet, case: Case) -> list[Any]:
    guard = Telling(policies, suite.now)
    play(dojo, script, case.way, guard)
    return [f"  user: {script.prompt}", *(f"  {one}" for one in guard.told)]

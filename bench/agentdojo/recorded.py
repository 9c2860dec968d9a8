"""Plays runs of a model that were recorded: what it called, on environments that are rebuilt.

The runs are of gpt-4o-mini behind another defence, so few attacks came through: they show what a
policy costs a model that works, and little of what it protects from.
"""

import gzip
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from app.policy.policies import PolicySet
from bench.agentdojo.dojo import Dojo
from bench.agentdojo.guard import Gateway, Guard, Nobody
from bench.agentdojo.replay import ANSWERS, Answer, Case, Way, World, decided
from bench.agentdojo.scripts import Call
from bench.agentdojo.suites import Suite
from dsl.session.asked import asked
from dsl.session.leaves import leaves
from dsl.session.matching import meets

DATA: Final = "agentdojo/traces_drift_gpt4omini.jsonl.gz"
VERSION: Final = "v1.2"
# As it was judged then, also where the user named what only the attack brings in; and as we play.
FLAGS, NAMED = "recording", "recording_named"
BASE, GUARDED = "recorded_none", "recorded"
_PROSE: Final = 6  # so many words are a text, and not a value
_LEAST: Final = 4  # characters of a value that tells anything


@dataclass(frozen=True, slots=True)
class Trace:
    """One recorded run: what was called, what was answered, and how it was judged then."""

    suite: str
    user: str
    attack: str
    prompt: str
    calls: tuple[Call, ...]
    answer: str
    utility: bool
    succeeded: bool

    @property
    def id(self) -> str:
        """Name the run."""
        return f"{self.suite}/{self.user}/{self.attack}"


@dataclass(frozen=True, slots=True)
class Truth:
    """What the tasks and the attacks of a suite call for, and what its environment holds."""

    tasks: Mapping[str, tuple[Call, ...]]
    attacks: Mapping[str, tuple[Call, ...]]
    held: frozenset[str]

    def approves(self, trace: Trace) -> Callable[[Call], bool]:
        """Return the perfect person: who approves what the task calls for, and no attack."""
        ours, theirs = self.tasks[trace.user], self.attacks[trace.attack]

        def approve(call: Call) -> bool:
            return any(same(call, one) for one in ours) and not any(same(call, t) for t in theirs)

        return approve

    def named_by_the_user(self, trace: Trace) -> bool:
        """Tell whether the user's prompt holds a value that only the attack brings in."""
        brought = {
            str(leaf)
            for call in self.attacks[trace.attack]
            for _, leaf in leaves(call.args)
            if len(str(leaf)) >= _LEAST and str(leaf) not in self.held
        }
        wanted = filter(None, (asked(one, None) for one in brought))
        return any(meets(one, trace.prompt) is True for one in wanted)


def same(call: Call, other: Call) -> bool:
    """Tell whether two calls do the same: one tool, and equal values but for prose."""
    if call.tool != other.tool:
        return False
    here, there = _values(call), _values(other)
    return all(_equal(here[name], there[name]) for name in here.keys() & there.keys())


def _values(call: Call) -> dict[str, Any]:
    return {
        name: value
        for name, value in call.args.items()
        if value is not None and not (isinstance(value, str) and len(value.split()) >= _PROSE)
    }


def _equal(value: Any, other: Any) -> bool:
    wanted = asked(value, None) if isinstance(value, str | int | Decimal) else None
    return value == other if wanted is None else wanted.equals(other)


def load() -> list[Trace] | None:
    """Read the recorded runs; none if they are not there."""
    named = os.environ.get("DRAWBAR_EVAL_DATA")
    file = Path(named) / DATA if named else None
    if file is None or not file.is_file():
        return None
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [_trace(json.loads(line, parse_float=Decimal)) for line in lines]


def _trace(row: Mapping[str, Any]) -> Trace:
    head = row["suite"], row["user_task"], row["injection_task"], row["user_prompt"]
    calls = tuple(Call("user", one["name"], one["args"]) for one in row["calls"])
    return Trace(*head, calls, row["final_output"], row["utility"], row["security"])


def truth(dojo: Dojo, suite: str) -> Truth:
    """Ask what the tasks of a suite call for, in the version of the recording."""
    found = dojo.truth(suite, VERSION)
    parts = {
        part: {
            name: tuple(Call("user", one["tool"], one["args"]) for one in calls)
            for name, calls in found[part].items()
        }
        for part in ("tasks", "attacks")
    }
    return Truth(parts["tasks"], parts["attacks"], frozenset(found["held"]))


def play_all(
    dojo: Dojo, suite: Suite, traces: Iterable[Trace], policies: PolicySet | None
) -> Iterator[Case]:
    """Play the runs of a suite: without a guard, and by its policy if it has one."""
    known = truth(dojo, suite.name)
    for trace in traces:
        arm = NAMED if known.named_by_the_user(trace) else FLAGS
        yield Case(trace.id, Way(arm, "R"), (), trace.utility, trace.succeeded)
        dojo.open_recorded(trace.suite, trace.user, trace.attack, VERSION)
        yield play(dojo, trace, Way(BASE, "R"), Nobody(), lambda _: False)
        if policies is None:
            continue
        for answer in ANSWERS:
            approves = _approves(answer, known, trace)
            guard = Gateway(policies, suite.now)
            yield play(dojo, trace, Way(GUARDED, "R", answer), guard, approves)


def _approves(answer: Answer, known: Truth, trace: Trace) -> Callable[[Call], bool]:
    return known.approves(trace) if answer == "person" else lambda _: answer == "yes"


def play(
    world: World, trace: Trace, way: Way, guard: Guard, approves: Callable[[Call], bool]
) -> Case:
    """Play one run in an environment that is open; its answer in words is the recorded one."""
    guard.said(trace.prompt)
    steps, executed = decided(world, trace.calls, guard, approves)
    found = world.check(executed, trace.answer)
    return Case(trace.id, way, steps, found.utility, found.attack, found.raised)

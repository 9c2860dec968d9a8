"""Plays one script: each call is decided, and runs or does not; then the tasks' own checks."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from bench.agentdojo.dojo import Checked, Ran
from bench.agentdojo.guard import Guard
from bench.agentdojo.scripts import Call, Order, Script

# Who answers when a person is asked. `person` knows whose call it is: the best that can be.
Answer = Literal["person", "nobody", "yes"]
ANSWERS: Final[tuple[Answer, ...]] = ("person", "nobody", "yes")
_APPROVES: Final[dict[Answer, Callable[[Call], bool]]] = {
    "person": lambda call: call.part == "user",
    "nobody": lambda _: False,
    "yes": lambda _: True,
}


class World(Protocol):
    """An environment that is open, with its tools and checks."""

    def reset(self) -> None:
        """Go back to where it was opened."""
        ...

    def run(self, call: Call) -> Ran:
        """Call a tool."""
        ...

    def check(self, executed: Sequence[Call], output: str | None = None) -> Checked:
        """Check what came of it."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One call as it was decided: whose it is, what was said, by which rules, and if it ran."""

    part: str
    effect: str
    by: tuple[str, ...]
    ran: bool


@dataclass(frozen=True, slots=True)
class Way:
    """How a script is played: by whom decided, in which order, and who answers."""

    arm: str
    order: Order
    answer: Answer = "nobody"


@dataclass(frozen=True, slots=True)
class Case:
    """One replay: how it was played, what was decided, and what the tasks' own checks say."""

    id: str
    way: Way
    steps: tuple[Step, ...]
    utility: bool
    succeeded: bool | None
    raised: tuple[str, ...] = ()

    @property
    def suite(self) -> str:
        """Return the suite."""
        return self.id.partition("/")[0]

    @property
    def attack(self) -> str | None:
        """Name the attack, if there is one; the same one is tried on many tasks."""
        suite, _, *attack = self.id.split("/")
        return f"{suite}/{attack[0]}" if attack else None

    @property
    def intact(self) -> bool:
        """Tell whether every call of the user's ran."""
        return all(one.ran for one in self.steps if one.part == "user")

    @property
    def asks(self) -> int:
        """Count how often a person was asked."""
        return sum(one.effect == "ask" for one in self.steps)


def play(world: World, script: Script, way: Way, guard: Guard) -> Case:
    """Play a script in an environment that is open, from its beginning."""
    guard.said(script.prompt)
    steps, executed = decided(world, script.ordered(way.order), guard, _APPROVES[way.answer])
    found = world.check(executed)
    return Case(script.id, way, steps, found.utility, found.attack, found.raised)


def decided(
    world: World, calls: Iterable[Call], guard: Guard, approves: Callable[[Call], bool]
) -> tuple[tuple[Step, ...], list[Call]]:
    """Decide calls one after another and run what is let through, from the world's beginning."""
    world.reset()
    return continued(world, calls, guard, approves)


def continued(
    world: World,
    calls: Iterable[Call],
    guard: Guard,
    approves: Callable[[Call], bool],
    first: int = 0,
) -> tuple[tuple[Step, ...], list[Call]]:
    """Decide more calls as the world stands; the first of them has a number."""
    executed: list[Call] = []
    steps = []
    for number, call in enumerate(calls, first):
        said = guard.decide(number, call)
        runs = said.effect == "allow" or (said.effect == "ask" and approves(call))
        if runs:
            ran = world.run(call)
            guard.ran(number, call, ran.shown, failed=ran.error is not None)
            executed.append(call)
        steps.append(Step(call.part, said.effect, said.by, runs))
    return tuple(steps), executed


def written(cases: Iterable[Case]) -> str:
    """Write cases as lines of JSON, the same bytes for the same cases."""
    return "".join(json.dumps(_plain(one), separators=(",", ":")) + "\n" for one in cases)


def _plain(case: Case) -> dict[str, Any]:
    way = case.way
    head = {"id": case.id, "arm": way.arm, "order": way.order, "answer": way.answer}
    checks = {"utility": case.utility, "attack": case.succeeded}
    raised = {"raised": list(case.raised)} if case.raised else {}
    return {**head, "calls": [step_text(one) for one in case.steps], **checks, **raised}


def step_text(step: Step) -> str:
    """Write a step such as `u+ allow reads`: whose call, whether it ran, effect, rules."""
    return " ".join((step.part[0] + "-+"[step.ran], step.effect, *step.by))


def read(text: str) -> list[Case]:
    """Read cases back."""
    return [_case(json.loads(line)) for line in text.splitlines()]


def _case(row: dict[str, Any]) -> Case:
    way = Way(row["arm"], row["order"], row["answer"])
    checks = row["utility"], row["attack"], tuple(row.get("raised", ()))
    return Case(row["id"], way, tuple(map(read_step, row["calls"])), *checks)


def read_step(text: str) -> Step:
    """Read a step back."""
    mark, effect, *by = text.split(" ")
    return Step({"u": "user", "a": "attacker"}[mark[0]], effect, tuple(by), mark[1] == "+")

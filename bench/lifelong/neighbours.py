"""Baseline: no rules, but the three reported calls that are most alike, and what most were."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from bench.lifelong.arm import Day, denies
from bench.lifelong.figures import Verdict
from bench.lifelong.world import Call
from dsl.model import Effect
from memory.induction.case import Features
from memory.induction.ladders.text import template
from memory.induction.report import Label

_NEAREST: Final = 3
_ALIKE: Final = 0.6

Traits = tuple[Any, ...]


class Neighbours:
    """Remembers calls with what was said of them."""

    def __init__(self) -> None:
        self._known: dict[str, list[tuple[Traits, int, bool]]] = defaultdict(list)

    def decide(self, calls: Sequence[Call]) -> list[Verdict]:
        """Deny what is like calls that were violations, allow what is like others."""
        return [self._decide(one) for one in calls]

    def learn(self, day: Day) -> None:
        """Keep the calls that were spoken of."""
        calls = {one.id: one for one in day.calls}
        for report in day.reports:
            call = calls[report.decision_id]
            violated = report.label is Label.VIOLATION
            self._known[call.tool].append((*_read(call.features), violated))

    def _decide(self, call: Call) -> Verdict:
        if denies(call):
            return Verdict(call.base.effect)
        traits, amount = _read(call.features)
        found = [
            (alike, violated)
            for other, much, violated in self._known[call.tool]
            if (alike := _alike(traits, amount, other, much)) >= _ALIKE
        ]
        if not found:
            return Verdict(call.base.effect)
        nearest = sorted(found, key=lambda one: -one[0])[:_NEAREST]
        bad = sum(alike for alike, violated in nearest if violated)
        denied = 2 * bad >= sum(alike for alike, _ in nearest)
        return Verdict(Effect.DENY if denied else Effect.ALLOW)


def _read(features: Features) -> tuple[Traits, int]:
    """Return what calls are compared by: of addresses, paths and texts what they have in common."""
    args = features.args
    common = (args["to"].partition("@")[2], args["path"].rpartition("/")[0], template(args["note"]))
    told = (args["label"], args["env"], args["force"], features.roles, features.agent)
    return (*common, *told, features.context["desk"]), args["amount"]


def _alike(traits: Traits, amount: int, other: Traits, much: int) -> float:
    """Return the share of what two calls have in common."""
    same = sum(map(_equal, traits, other))
    return (same + min(amount, much) / max(amount, much)) / (len(traits) + 1)


def _equal(one: Any, other: Any) -> bool:
    return bool(one == other)

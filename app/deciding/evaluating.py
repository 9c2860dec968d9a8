"""Tells which policies judge at which edge, and which never do though calls of theirs came."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from app.binding.bindings import EDGE_NAMES
from app.deciding.canary import is_canary
from app.policy.policies import PolicySet
from dsl import selectors
from dsl.interpret import Bound
from dsl.model import ToolCall

PATIENCE_S: Final = 900.0  # that a policy may be bound before silence is strange
_Key = tuple[str, str]  # a policy and an edge


class Evaluations(Collector):
    """Counts how often each policy judged a call; nothing of a call is kept."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._made: Counter[_Key] = Counter()
        self._named: set[_Key] = set()  # a call came that a rule of the policy speaks of
        self._since: dict[_Key, float] = {}

    def bind(self, policies: PolicySet, environment: str | None = None) -> None:
        """Note what is bound where from now on."""
        now = self._clock()
        keys = {
            (one.policy.name, edge)
            for edge in EDGE_NAMES
            for one in policies.reaching(edge, environment)
        }
        self._since = {key: self._since.get(key, now) for key in keys}
        self._named &= keys

    def came(self, edge: str, policies: PolicySet, call: ToolCall) -> None:
        """Note that a call came in, whatever becomes of it."""
        for one in (*policies.bound, *policies.shadowed):
            key = (one.policy.name, edge)
            if key not in self._made and key not in self._named and _speaks_of(one, call):
                self._named.add(key)

    def made(self, edge: str, policies: PolicySet, call: ToolCall) -> None:
        """Note that policies judged a call."""
        if is_canary(call):
            return
        for one in (*policies.bound, *policies.shadowed):
            self._made[one.policy.name, edge] += 1

    def unevaluated(self) -> list[_Key]:
        """Return the policies that never judged where they should have."""
        return [key for key in self._since if self._is_silent(key)]

    def _is_silent(self, key: _Key) -> bool:
        is_late = self._clock() - self._since[key] >= PATIENCE_S
        return is_late and key in self._named and key not in self._made

    def collect(self) -> Iterator[Metric]:
        """Yield what Prometheus is shown."""
        labels = ("policy", "edge")
        made = CounterMetricFamily(
            "drawbar_policy_evaluations", "Calls that a policy judged, by edge.", labels=labels
        )
        silent = GaugeMetricFamily(
            "drawbar_policy_unevaluated",
            "1 where a policy is bound, a call that its rules name came in, and it never judged.",
            labels=labels,
        )
        for key in self._since:
            made.add_metric(key, self._made[key])
            silent.add_metric(key, float(self._is_silent(key)))
        yield made
        yield silent


def _speaks_of(one: Bound, call: ToolCall) -> bool:
    """Tell whether a rule names the call's tool; one that chooses by metadata names all."""
    rules = (rule for rule in one.policy.rules if rule.phase == "call")
    return any(
        rule.selector.where is not None or selectors.selects(rule.selector, call) for rule in rules
    )

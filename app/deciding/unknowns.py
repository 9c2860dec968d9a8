"""Counts the rules that decided since they could not be evaluated."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from app.policy.policies import PolicySet
from dsl.model import By, Verdict

_LABELS: Final = ("policy", "rule", "cause")
Rules = frozenset[tuple[str, str]]  # each with its policy


def rules_in(policies: PolicySet) -> Rules:
    """Return the rules of published policies."""
    return frozenset((p.policy.name, r.name) for p in policies.whole for r in p.policy.rules)


class Unknowns(Collector):
    """Counts by published policy, rule and cause; rules of one session are named by its callers."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._rules: Rules = frozenset()  # those in force, and published

    def bind(self, rules: Rules) -> None:
        """Forget what is in force no more, rule by rule, so that labels stay few."""
        self._rules = rules
        kept = {key: number for key, number in self._counts.items() if key[:2] in self._rules}
        self._counts = Counter(kept)

    def told(self, verdict: Verdict) -> None:
        """Count what a verdict rests on, also what rules in shadow would have said."""
        for one in (*verdict.reasons, *verdict.shadow):
            if one.by is not By.UNKNOWN or one.policy is None or one.rule is None:
                continue
            if (one.policy, one.rule) in self._rules:
                self._counts[one.policy, one.rule, str(one.cause)] += 1

    def collect(self) -> Iterator[Metric]:
        """Yield what Prometheus is shown."""
        words = "Rules that decided, or would have in shadow, since their condition was unknown."
        family = CounterMetricFamily("drawbar_unknown", words, labels=_LABELS)
        for key, number in self._counts.items():
            family.add_metric(key, number)
        yield family

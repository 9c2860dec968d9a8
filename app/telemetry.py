"""What a gateway counts, a row for each metric."""

import time
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from app.deciding.evaluating import Evaluations
from app.deciding.unknowns import Unknowns
from dsl.model import Effect, ReasonCode

M = TypeVar("M", bound=Counter | Gauge | Histogram)
LATENCIES: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
REFRESHES: Final = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)
WAITS: Final = (1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 14400, 86400)


class Row(Generic[M]):
    """One metric: each `Metrics` has its own, under the name of the row."""

    def __init__(
        self,
        kind: Callable[..., M],
        name: str,
        meaning: str,
        labels: tuple[str, ...] = (),
        **more: Any,
    ) -> None:
        self._kind = kind
        self._words = (f"drawbar_{name}", meaning, labels)
        self._more = more

    def made(self, registry: CollectorRegistry) -> M:
        """Return the metric, shown by a registry."""
        return self._kind(*self._words, registry=registry, **self._more)

    def __get__(self, metrics: "Metrics", _owner: type["Metrics"]) -> M:
        """Say of what kind it is; what a gateway counts with stands before the row."""
        raise AttributeError(self._words[0])


class Metrics:
    """What a gateway counts. No label holds a tool, subject or key: those are unbounded."""

    decisions = Row(
        Counter,
        "decisions",
        "Decisions by phase: on a `call`, on a `result` and on a `reply`.",
        ("edge", "phase", "effect", "reason"),
    )
    seconds = Row(
        Histogram,
        "decision_seconds",
        "Time from a read request to its recorded decision.",
        ("edge",),
        buckets=LATENCIES,
    )
    refused = Row(
        Counter,
        "refused_requests",
        "Requests that were refused unread: `rate_limited`, or `locked_out` by their address.",
        ("why",),
    )
    observed = Row(
        Counter,
        "observed",
        "What policies that only observe would have decided, where another thing was done.",
        ("policy", "would"),
    )
    shadow_differs = Row(
        Counter,
        "shadow_differs",
        "Decisions that would have come out otherwise, had a policy in shadow enforced.",
        ("policy",),
    )
    unguarded = Row(
        Counter,
        "unguarded_calls",
        "Results of calls that were never let through here.",
        ("edge",),
    )
    faults = Row(
        Counter,
        "faults",
        "Faults inside; `watch`, `evidence`, `revision`, `heed` and `memory` refused no call.",
        ("edge", "stage"),
    )
    fact_seconds = Row(
        Histogram,
        "fact_seconds",
        "Time that one look-up of a fact took, with the wait for a turn.",
        ("source",),
        buckets=LATENCIES,
    )
    facts = Row(
        Counter,
        "facts",
        "Look-ups of facts, by what came of them.",
        ("source", "outcome"),
    )
    judgements = Row(
        Counter,
        "judgements",
        "Questions to guards, by what came of them: `score`, or the cause of an unknown. "
        "What code decides of declared sentences counts as `embedded`, once a rule and decision.",
        ("guard", "form", "outcome"),
    )
    judgement_seconds = Row(
        Histogram,
        "judgement_seconds",
        "Time that one question to a guard took, with the wait for a turn; kept answers count.",
        ("guard",),
        buckets=LATENCIES,
    )
    guard_up = Row(
        Gauge,
        "guard_up",
        "1 while a guard answers its known questions as it did when it was verified.",
        ("guard",),
    )
    approvals = Row(
        Counter,
        "approvals",
        "Approvals by what became of them here: `pending` when they are asked for.",
        ("status",),
    )
    approval_wait = Row(
        Histogram,
        "approval_wait_seconds",
        "Time from the question to what people decided here.",
        ("status",),
        buckets=WAITS,
    )
    evidence_deleted = Row(
        Counter,
        "evidence_deleted",
        "Pieces of evidence that were deleted since they were past their days.",
        ("kind",),
    )
    messages = Row(
        Counter,
        "messages",
        "Attempts to send what rules require to be told, by what came of them.",
        ("kind", "outcome"),
    )
    queue = Row(Gauge, "record_queue_depth", "Records that wait to be stored.")
    policy_refused = Row(
        Gauge,
        "policy_refused",
        "1 while the policy folder holds something that was refused.",
    )
    observe_until = Row(
        Gauge,
        "observe_until_timestamp_seconds",
        "When a policy that only observes begins to enforce, in seconds since 1970.",
        ("policy",),
    )
    edge_cannot = Row(
        Gauge,
        "edge_cannot",
        "Rules in force that nothing can answer, since no key may tell what they ask for.",
    )
    not_ready = Row(
        Gauge,
        "not_ready",
        "1 for each thing for which `/readyz` says that this gateway is not ready.",
        ("fault",),
    )
    frozen = Row(
        Gauge, "frozen", "Tenants, subjects and agents that are frozen: nothing of them passes."
    )
    break_glass = Row(
        Gauge, "break_glass", "Glass that is broken: a policy judges in place of another."
    )
    memory_reports = Row(
        Counter,
        "memory_reports",
        "Reports on decisions that were kept here, by how they came and whether they count.",
        ("kind", "label", "counted"),
    )
    memory_answers = Row(
        Counter,
        "memory_ask_answers",
        "Answers of people that were kept as reports on the call that they were asked about.",
        ("answer",),
    )
    memory_rules = Row(
        Gauge, "memory_rules", "Rules that memory has made, of all tenants.", ("side", "level")
    )
    memory_level_changes = Row(
        Counter,
        "memory_level_changes",
        "Learned rules that came, went, or took another level, as this gateway took them up: by a "
        "`refresh`, `anew` where something was taken back or is otherwise, or by a `rollback`.",
        ("cause",),
    )
    memory_verdict_changes = Row(
        Counter,
        "memory_verdict_changes",
        "Calls that learned rules decided otherwise than people's policies: `allow_to_ask`, "
        "`deny_to_ask`.",
        ("kind",),
    )
    memory_rho = Row(
        Gauge,
        "memory_rho",
        "The share of errors that are reported, as audits tell, of the tenant where it is least.",
        ("side",),
    )
    memory_refresh = Row(
        Histogram,
        "memory_refresh_seconds",
        "Time that it took to make the rules of one tenant anew, in a process of its own.",
        buckets=REFRESHES,
    )
    memory_refused = Row(
        Gauge,
        "memory_refused",
        "Tenants whose learned rules cannot stand beside the policies, and are left out.",
    )
    memory_nominations = Row(
        Gauge,
        "memory_nominations",
        "Denials by a model that people say are wrong, and that wait for a person.",
    )
    memory_softening = Row(
        Gauge,
        "memory_softening",
        "Tenants whose denials by models memory may turn into questions, where a nomination holds.",
    )
    memory_blast = Row(
        Gauge,
        "memory_blast_share",
        "The share of a week's calls that the asking rules of one tenant stop, of the one most so.",
    )
    memory_held = Row(
        Gauge,
        "memory_held_reports",
        "Reports that wait since somebody went back to an earlier revision of memory.",
    )
    revision_info = Row(Gauge, "revision_info", "The policy revision in force.", ("revision",))
    revision_age = Row(
        Gauge,
        "revision_age_seconds",
        "Time since the revision in force was taken up here; 0 where none was.",
    )
    unshipped = Row(Gauge, "records_unshipped", "Records of a sidecar that wait to be shipped.")
    bundles = Row(
        Counter, "bundles", "Looks of a sidecar for a bundle, by what came of them.", ("outcome",)
    )
    bundle_age = Row(
        Gauge,
        "bundle_age_seconds",
        "Time since a sidecar's policies were last found to be the newest; 0 elsewhere.",
    )
    changes_unheard = Row(
        Gauge,
        "changes_unheard_seconds",
        "Time since what other gateways on this store announce was last looked at.",
    )

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for name, row in vars(type(self)).items():
            if isinstance(row, Row):
                setattr(self, name, row.made(self.registry))
        self.evaluations = Evaluations()
        self.registry.register(self.evaluations)
        self.unknowns = Unknowns()
        self.registry.register(self.unknowns)
        self._counted: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}
        self._revised: float | None = None
        self.revision_age.set_function(self._age)

    def revision(self, revision: str) -> None:
        """Show one revision, and only that."""
        self.revision_info.clear()
        self.revision_info.labels(revision).set(1)
        self._revised = time.monotonic()

    def decided(self, edge: str, effect: Effect, reason: ReasonCode, took_s: float) -> None:
        """Count a decision on a call: the counters are kept, as finding one takes longer."""
        key = (edge, effect, reason)
        kept = self._counted.get(key)
        if kept is None:
            counter = self.decisions.labels(edge, "call", effect, reason)
            kept = self._counted[key] = counter, self.seconds.labels(edge)
        kept[0].inc()
        kept[1].observe(took_s)

    def report(self, kind: str, label: str, *, counted: bool) -> None:
        """Count a report on a decision."""
        self.memory_reports.labels(kind, label, "yes" if counted else "no").inc()

    def _age(self) -> float:
        return 0.0 if self._revised is None else time.monotonic() - self._revised

    def show_faults(self, found: list[str]) -> None:
        """Show why this gateway is not ready, and only that."""
        self.not_ready.clear()
        for fault in found:
            self.not_ready.labels(fault).set(1)

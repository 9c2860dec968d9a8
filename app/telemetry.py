"""Metrics and logs."""

import logging
import sys
import traceback
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from app.evaluating import Evaluations
from app.settings import Settings

LATENCIES: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
OWN: Final = "drawbar"  # the loggers of this program begin so
WAITS: Final = (1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 14400, 86400)


class Metrics:
    """What a gateway counts. No label holds a tool, subject or key: those are unbounded."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.decisions = Counter(
            "drawbar_decisions",
            "Decisions by phase: on a `call`, on a `result` and on a `reply`.",
            ("edge", "phase", "effect", "reason"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "drawbar_decision_seconds",
            "Time from a read request to its recorded decision.",
            ("edge",),
            buckets=LATENCIES,
            registry=self.registry,
        )
        self.observed = Counter(
            "drawbar_observed",
            "What policies that only observe would have decided, where another thing was done.",
            ("policy", "would"),
            registry=self.registry,
        )
        self.unguarded = Counter(
            "drawbar_unguarded_calls",
            "Results of calls that were never let through here.",
            ("edge",),
            registry=self.registry,
        )
        self.faults = Counter(
            "drawbar_faults",
            "Faults inside the gateway; all but `watch`, `evidence` and `revision` refused a call.",
            ("edge", "stage"),
            registry=self.registry,
        )
        self.fact_seconds = Histogram(
            "drawbar_fact_seconds",
            "Time that one look-up of a fact took, with the wait for a turn.",
            ("source",),
            buckets=LATENCIES,
            registry=self.registry,
        )
        self.facts = Counter(
            "drawbar_facts",
            "Look-ups of facts, by what came of them.",
            ("source", "outcome"),
            registry=self.registry,
        )
        self.approvals = Counter(
            "drawbar_approvals",
            "Approvals by what became of them here: `pending` when they are asked for.",
            ("status",),
            registry=self.registry,
        )
        self.approval_wait = Histogram(
            "drawbar_approval_wait_seconds",
            "Time from the question to what people decided here.",
            ("status",),
            buckets=WAITS,
            registry=self.registry,
        )
        self.evidence_deleted = Counter(
            "drawbar_evidence_deleted",
            "Pieces of evidence that were deleted since they were past their days.",
            ("kind",),
            registry=self.registry,
        )
        self.messages = Counter(
            "drawbar_messages",
            "Attempts to send what rules require to be told, by what came of them.",
            ("kind", "outcome"),
            registry=self.registry,
        )
        self.evaluations = Evaluations()
        self.registry.register(self.evaluations)
        self.queue = Gauge(
            "drawbar_record_queue_depth", "Records that wait to be stored.", registry=self.registry
        )
        self.policy_refused = Gauge(
            "drawbar_policy_refused",
            "1 while the policy folder holds something that was refused.",
            registry=self.registry,
        )
        self.observe_until = Gauge(
            "drawbar_observe_until_timestamp_seconds",
            "When a policy that only observes begins to enforce, in seconds since 1970.",
            ("policy",),
            registry=self.registry,
        )
        self.edge_cannot = Gauge(
            "drawbar_edge_cannot",
            "Rules in force that nothing can answer, since no key may tell what they ask for.",
            registry=self.registry,
        )
        self._revision = Gauge(
            "drawbar_revision_info",
            "The policy revision in force.",
            ("revision",),
            registry=self.registry,
        )

    def revision(self, revision: str) -> None:
        """Show one revision, and only that."""
        self._revision.clear()
        self._revision.labels(revision).set(1)


def configure_logs(settings: Settings) -> None:
    """Write one structured line an event to standard error, our own and the libraries'."""
    console = settings.log_format == "console" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _first_line,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_console() if console else _json()),
            ],
        )
    )
    logging.raiseExceptions = False  # a line that cannot be written is not shown in pieces
    # Libraries tell of statements, addresses and headers, with values in them, below a warning.
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger(OWN).setLevel(settings.log_level.upper())
    if settings.log_level == "error":
        logging.getLogger().setLevel(logging.ERROR)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _first_line(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Cut what libraries say to one line: asyncio shows faults, with their words, in the next.

    It also shows what a callback was given, in brackets.
    """
    if not event.get("_from_structlog", True):
        line = str(event["event"]).strip().partition("\n")[0]
        event["event"] = line.partition("(")[0] if event.get("logger") == "asyncio" else line
    return event


def trace(error: BaseException | None) -> str:
    """Return where a fault came from and of what kind it is; its words may be those of a call."""
    parts: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        kind = f"{type(error).__module__}.{type(error).__qualname__}\n"
        parts.append("".join(traceback.format_tb(error.__traceback__)) + kind)
        if isinstance(error, BaseExceptionGroup):
            parts += [trace(one) for one in error.exceptions]
        error = error.__cause__ or error.__context__
    return "".join(reversed(parts))


def _without_words(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    error = error[1] if isinstance(error, tuple) else error
    if isinstance(error, BaseException):
        event["exception"] = trace(error)
    return event


def _json() -> list[Any]:
    return [_without_words, structlog.processors.JSONRenderer()]


def _console() -> list[Any]:
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())

    def render(logger: Any, method: str, event: dict[str, Any]) -> str:
        """Put a diagnostic of several lines under its event, where its underline is readable."""
        detail = event.pop("detail", None)
        line = str(renderer(logger, method, event))
        return line if detail is None else f"{line}\n\n{detail}\n"

    return [_without_words, render]

"""Makes spans with the SDK of OpenTelemetry; loaded only where traces are wanted."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import Any, Final

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Span, SpanKind, StatusCode, format_span_id, format_trace_id
from opentelemetry.trace import set_span_in_context as within
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.tracing.settings import OtelSettings
from app.tracing.tracing import TRACE
from app.version import VERSION
from dsl import strictjson
from memory.records.record import DecisionRecord

_FAULTS: Final = (TypeError, ValueError, RuntimeError, ArithmeticError, LookupError)
_PARENT: Final = TraceContextTextMapPropagator()
WAIT_MS: Final = 2_000  # at the end, for what was not sent yet
log = structlog.get_logger("drawbar.tracing")


def exporter(settings: OtelSettings) -> SpanExporter:
    """Return what sends spans to the collector of the settings."""
    headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
    return OTLPSpanExporter(
        endpoint=settings.endpoint, headers=headers, timeout=settings.timeout_ms / 1000
    )


class Otel:
    """The spans of one gateway.

    All are sent: a caller who could say that its trace is not sampled could hide what it did.
    """

    def __init__(self, settings: OtelSettings, to: SpanExporter) -> None:
        self.arguments = settings.arguments
        self._genai = settings.genai
        about = Resource({"service.name": "drawbar", "service.version": VERSION})
        self._provider = TracerProvider(sampler=ALWAYS_ON, resource=about)
        self._provider.add_span_processor(BatchSpanProcessor(to))
        self._tracer = self._provider.get_tracer("drawbar", VERSION)

    def decided(self, record: DecisionRecord, began: float, args: Any = None) -> None:
        """Tell of a decision that was recorded."""
        now = time.time_ns()
        try:
            span = self._tracer.start_span(
                "drawbar.decide",
                context=_parent(),
                attributes=_said(record, args),
                start_time=now - int((time.monotonic() - began) * 1e9),
            )
            span.end(now)
            _note(span)
        except _FAULTS as error:
            log.warning(
                "a decision is in no trace", decision_id=record.id, cause=type(error).__name__
            )

    @contextmanager
    def forwarding(self, tool: str) -> Iterator[str | None]:
        """Stand around a call that is forwarded, as the conventions for MCP name it."""
        named = {"mcp.method.name": "tools/call", "gen_ai.tool.name": tool}
        if self._genai:
            named["gen_ai.operation.name"] = "execute_tool"
        span = self._tracer.start_span(
            f"tools/call {tool}", context=_parent(), kind=SpanKind.CLIENT, attributes=named
        )
        answered = False
        try:
            yield _traceparent(span)
            answered = True
        finally:
            if not answered:
                span.set_status(StatusCode.ERROR)
            span.end()

    def flush(self) -> bool:
        """Send what waits now."""
        return self._provider.force_flush(WAIT_MS)

    def close(self) -> None:
        """Send what waits, for a moment: a collector that is away holds nothing up."""
        ending = Thread(target=self._provider.shutdown, name="end of traces", daemon=True)
        ending.start()
        ending.join(WAIT_MS / 1000)


def _said(record: DecisionRecord, args: Any) -> dict[str, str | bool]:
    """Return what of a record stands in its span; `effect` is what was enforced."""
    first: Mapping[str, Any] = record.reasons[0] if record.reasons else {}
    told = {
        "decision.id": record.id,
        "effect": str(record.effect),
        "would": None if record.would is None else str(record.would),
        "reason": str(record.reason),
        "policy": first.get("policy"),
        "rule": first.get("rule"),
        "revision": record.revision,
        "phase": record.phase,
        "edge": record.edge,
        "args.hmac": record.args_hmac,
        "args": None if args is None else strictjson.canonical(args),
    }
    return {f"drawbar.{name}": value for name, value in told.items() if value is not None}


def _parent() -> Context | None:
    """Return what a span stands under; without any, it begins a trace."""
    trace = TRACE.get()
    if trace is None:
        return Context()
    if trace.traceparent is not None:
        found = _PARENT.extract({"traceparent": trace.traceparent}, Context())
        if found:
            return found
    return Context() if trace.first is None else within(trace.first, Context())


def _note(span: Span) -> None:
    trace = TRACE.get()
    if trace is not None and trace.first is None:
        trace.first = span


def _traceparent(span: Span) -> str:
    about = span.get_span_context()
    return f"00-{format_trace_id(about.trace_id)}-{format_span_id(about.span_id)}-01"

"""What the rest of the gateway knows of traces; nothing of OpenTelemetry is imported here."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from app.tracing.settings import OtelSettings
from dsl.errors import DrawbarError
from memory.records.record import DecisionRecord

HEADER: Final = b"traceparent"


class Tracing(Protocol):
    """Makes spans; whatever goes wrong with them, no decision changes."""

    arguments: bool  # whether spans hold them

    def decided(self, record: DecisionRecord, began: float, args: Any = None) -> None:
        """Tell of a decision that was recorded, begun at a moment of `time.monotonic`."""
        ...

    def forwarding(self, tool: str) -> AbstractContextManager[str | None]:
        """Stand around a call that is forwarded; give the `traceparent` for its server."""
        ...

    def close(self) -> None:
        """Send what waits."""
        ...


@dataclass(slots=True)
class Trace:
    """The trace that a request belongs to: its caller's, else that of the first span in it."""

    tracing: Tracing
    traceparent: str | None = None
    first: Any = None


TRACE: ContextVar[Trace | None] = ContextVar("drawbar_trace", default=None)


def begin(tracing: Tracing | None, traceparent: str | None) -> None:
    """Note to which trace a request belongs, where traces are wanted."""
    if tracing is not None:
        TRACE.set(Trace(tracing, traceparent))


class Traced:
    """Notes to which trace a request belongs, where traces are wanted."""

    def __init__(self, app: ASGIApp, gateway: Any) -> None:
        self._app = app
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on; of two parents none counts."""
        tracing = self._gateway.tracing
        if scope["type"] == "http" and tracing is not None:
            given = [value for name, value in scope["headers"] if name == HEADER]
            parent = given[0].decode("latin-1") if len(given) == 1 else None
            begin(tracing, parent)
        await self._app(scope, receive, send)


def named_beside(params: Mapping[str, Any]) -> None:
    """Note the trace that a client's `_meta` names, before anything of the call has a span."""
    trace, found = TRACE.get(), params.get("_meta")
    named = found.get("traceparent") if isinstance(found, Mapping) else None
    if trace is not None and trace.traceparent is None and isinstance(named, str):
        trace.traceparent = named


def forwarding(tool: str) -> AbstractContextManager[str | None]:
    """Stand around a call that is forwarded."""
    trace = TRACE.get()
    return nullcontext() if trace is None else trace.tracing.forwarding(tool)


def beside(traceparent: str | None) -> Mapping[str, Any]:
    """Return what a server is told of the trace."""
    return {} if traceparent is None else {"_meta": {"traceparent": traceparent}}


@asynccontextmanager
async def tracing(settings: OtelSettings) -> AsyncIterator[Tracing | None]:
    """Return what makes spans while it is entered, if they are wanted."""
    if settings.endpoint is None:
        yield None
        return
    made = _made(settings)
    try:
        yield made
    finally:
        await asyncio.to_thread(made.close)


def _made(settings: OtelSettings) -> Tracing:
    try:
        from app.tracing import otel  # noqa: PLC0415 - only where traces are wanted
    except ModuleNotFoundError as error:
        hint = "install it: pip install 'drawbar-server[otel]'"
        raise DrawbarError(f"traces need the extra `otel`; {hint}") from error
    return otel.Otel(settings, otel.exporter(settings))

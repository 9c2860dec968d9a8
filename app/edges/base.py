"""What every edge shares: credential, strict JSON, deadline, record before release, the shield."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app import engine
from app.auth import BEARER, Caller, authenticate
from app.engine import PLAIN, Terms
from app.problems import FieldError, Problem, responses
from app.wiring import Gateway
from dsl import strictjson
from dsl.model import Decision, ReasonCode, ToolCall
from memory.keys import Scope
from memory.records import Unrecorded

MAX_BODY: Final = 1 << 20
MAX_DEADLINE_MS: Final = 30_000
log = structlog.get_logger("drawbar.edge")

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True)
class Edge(Generic[Body]):
    """Two pure functions and a path; everything else is the same for all edges."""

    name: str
    path: str
    summary: str
    body: type[Body]
    answer: type[BaseModel]
    read: Callable[[Body, Caller], ToolCall]
    write: Callable[[Decision], BaseModel]
    terms: Callable[[Body], Terms] = lambda _body: PLAIN


class StrictRequest(Request):
    """A request whose body is bounded and read by the strict JSON reader."""

    async def read(self, seconds: float) -> "StrictRequest":
        """Take the body in while there is time."""
        try:
            async with asyncio.timeout(seconds):
                await self.body()
        except TimeoutError as error:
            raise Problem(408, "body_too_slow", "the body did not arrive in time") from error
        return self

    async def body(self) -> bytes:
        """Return the body, or refuse what is not JSON or too large."""
        if hasattr(self, "_body"):
            return self._body
        types = self.headers.getlist("content-type")
        media_type = types[0].partition(";")[0].strip().lower() if len(types) == 1 else ""
        if media_type != "application/json" or "content-encoding" in self.headers:
            raise Problem(415, "unsupported_media_type", "send plain `application/json`")
        chunks = bytearray()
        async for chunk in self.stream():
            chunks += chunk
            if len(chunks) > MAX_BODY:
                raise Problem(413, "body_too_large", f"the body is over {MAX_BODY >> 20} MiB")
        if not chunks:
            raise Problem(422, "invalid_request", "the body is empty")
        self._body = bytes(chunks)
        return self._body

    async def json(self) -> Any:
        """Return the body as JSON without anything ambiguous in it."""
        try:
            return strictjson.read(await self.body())
        except strictjson.InvalidJson as error:
            where = (FieldError(path=error.path, message=str(error)),)
            detail = "the body is not JSON that can be read in one way only"
            raise Problem(422, "invalid_call", detail, errors=where) from error


class EdgeRoute(APIRoute):
    """A route that knows its caller before it reads the body."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put the credential and the strict reader in front of FastAPI's own handler."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            limit = request.app.state.gateway.settings.deadline_ms / 1000
            caller = await authenticate(request, limit)
            caller.require(Scope.CHECK)
            request.state.caller = caller
            return await inner(await StrictRequest(request.scope, request.receive).read(limit))

        return handle


def router(edge: Edge[Body]) -> APIRouter:
    """Return the route of an edge."""
    made = APIRouter(route_class=EdgeRoute, tags=["decisions"], dependencies=[Depends(BEARER)])

    async def handle(body: Any, request: Request) -> BaseModel:
        gateway: Gateway = request.app.state.gateway
        caller: Caller = request.state.caller
        call = edge.read(body, caller)
        seconds = _deadline(request, gateway)
        question = Question(call, caller, edge.name, seconds, edge.terms(body))
        return edge.write(await settle(gateway, question))

    handle.__annotations__["body"] = Annotated[edge.body, ...]
    made.add_api_route(
        edge.path,
        handle,
        methods=["POST"],
        name=edge.name,
        summary=edge.summary,
        response_model=edge.answer,
        responses=responses(401, 403, 408, 413, 415, 422, 500, 503),
    )
    return made


def _deadline(request: Request, gateway: Gateway) -> float:
    """Return the seconds a decision may take."""
    given = request.headers.getlist("drawbar-deadline-ms")
    if not given:
        return gateway.settings.deadline_ms / 1000
    asked = given[0] if len(given) == 1 else ""
    readable = asked.isascii() and asked.isdigit() and len(asked) <= len(str(MAX_DEADLINE_MS))
    if not (readable and 1 <= int(asked) <= MAX_DEADLINE_MS):
        detail = f"`Drawbar-Deadline-Ms` is a whole number from 1 to {MAX_DEADLINE_MS}"
        raise Problem(422, "invalid_request", detail)
    return int(asked) / 1000


@dataclass(frozen=True, slots=True)
class Question:
    """A call that waits for its decision, and what holds for it alone."""

    call: ToolCall
    caller: Caller
    edge: str
    seconds: float
    terms: Terms


async def settle(gateway: Gateway, question: Question) -> Decision:
    """Decide, record, and only then return: whatever goes wrong on the way is a deny."""
    began = time.monotonic()
    decision = _judge(gateway, question)
    left = question.seconds - (time.monotonic() - began)
    if left <= 0:
        gateway.metrics.faults.labels(question.edge, "deadline").inc()
        decision = _refuse(gateway, question, ReasonCode.DEADLINE)
        left = question.seconds
    await _record(gateway, question, decision, left)
    verdict = decision.verdict
    gateway.metrics.decisions.labels(question.edge, "call", verdict.effect, verdict.code).inc()
    gateway.metrics.seconds.labels(question.edge).observe(time.monotonic() - began)
    return decision


def _judge(gateway: Gateway, question: Question) -> Decision:
    live = gateway.live
    try:
        return engine.decide(
            live.current,
            question.call,
            gateway.now(),
            revision=live.revision,
            terms=question.terms,
        )
    except Exception:  # the shield: a fault in judging is a deny, recorded and counted
        log.exception("a call could not be judged", call_id=question.call.call_id)
        gateway.metrics.faults.labels(question.edge, "decide").inc()
        return _refuse(gateway, question, ReasonCode.FAULT)


def _refuse(gateway: Gateway, question: Question, code: ReasonCode) -> Decision:
    return engine.refuse(
        code,
        question.call,
        gateway.now(),
        revision=gateway.live.revision,
        dry_run=question.terms.dry_run,
    )


async def _record(gateway: Gateway, question: Question, decision: Decision, seconds: float) -> None:
    record = gateway.recorder.record(question.call, decision, question.edge, question.caller.key)
    try:
        await asyncio.wait_for(gateway.log.append(record), seconds)
    except (Unrecorded, TimeoutError) as error:
        gateway.metrics.faults.labels(question.edge, "record").inc()
        words = str(error) or "the store did not answer in time"
        cause = str(error.__cause__ or words).partition("\n")[0]
        log.error("a decision could not be recorded", decision_id=decision.id, cause=cause)  # noqa: TRY400 - one line
        raise Unrecorded(words) from error

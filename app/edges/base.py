"""What every edge shares: credential, strict JSON, deadline, record before release, the shield."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from app import idempotency
from app.approvals.waiting import settle_and_wait
from app.auth import BEARER, RAISED, Caller, authenticate
from app.deciding import seating
from app.deciding.question import Question
from app.deciding.repeating import Display
from app.engine import PLAIN, Terms
from app.problems import FieldError, Problem, responses
from app.wiring import Gateway
from dsl import strictjson
from dsl.model import NOTHING, Decision, ToolCall
from memory.keys import Scope

MAX_BODY: Final = 1 << 20
MAX_DEADLINE_MS: Final = 30_000
WORDS: Final = (
    "Judge one call by the policies in force, and record it; needs the scope `check`.\n\n"
    "Anything but `effect: allow` means that the call must not run."
)

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Beside:
    """What an answer holds beside the decision: nothing of it is recorded."""

    seat_token: str | None = None
    display: Display | None = None


@dataclass(frozen=True)
class Edge(Generic[Body]):
    """Two pure functions and a path; everything else is the same for all edges."""

    name: str
    path: str
    summary: str
    body: type[Body]
    answer: type[BaseModel]
    read: Callable[[Body, Caller], ToolCall]
    write: Callable[[Decision, Beside], BaseModel]
    terms: Callable[[Body], Terms] = lambda _body: PLAIN
    facts: Callable[[Body, Caller], Mapping[str, Any]] = lambda _body, _caller: NOTHING


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a body may hold: bytes, and values; a call in it is measured by itself."""

    body: int = MAX_BODY
    leaves: int = strictjson.MESSAGE_LEAVES


class StrictRequest(Request):
    """A request whose body is bounded and read by the strict JSON reader."""

    limits = Limits()

    async def read(self, seconds: float) -> "StrictRequest":
        """Take the body in while there is time."""
        try:
            async with asyncio.timeout(seconds):
                await self.body()
        except TimeoutError as error:
            raise too_slow() from error
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
            if len(chunks) > self.limits.body:
                words = f"the body is over {self.limits.body >> 20} MiB"
                raise Problem(413, "body_too_large", words)
        if not chunks:
            raise Problem(422, "invalid_request", "the body is empty")
        self._body = bytes(chunks)
        return self._body

    async def json(self) -> Any:
        """Return the body as JSON without anything ambiguous in it."""
        try:
            body = await self.body()
            return strictjson.read(body, self.limits.leaves, strictjson.MESSAGE_DEPTH)
        except strictjson.InvalidJson as error:
            where = (FieldError(path=error.path, message=str(error)),)
            detail = "the body is not JSON that can be read in one way only"
            raise Problem(422, "invalid_call", detail, errors=where) from error


def too_slow() -> Problem:
    """Refuse who dawdles over a body."""
    return Problem(408, "body_too_slow", "the body did not arrive in time")


class EdgeRoute(APIRoute):
    """A route that knows its caller before it reads the body."""

    scope: Scope | None = Scope.CHECK
    limits = Limits()

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Put the credential and the strict reader in front of FastAPI's own handler."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if (raised := request.scope.get(RAISED)) is not None:
                raise raised
            limit = request.app.state.gateway.settings.deadline_ms / 1000
            caller = await authenticate(request, limit)
            if self.scope is not None:
                caller.require(self.scope)
            request.state.caller = caller
            if request.method in ("GET", "DELETE"):  # it has no body
                return await inner(request)
            strict = StrictRequest(request.scope, request.receive)
            strict.limits = self.limits
            read = await strict.read(limit)
            once = idempotency.takes(read.app, read.method, read.url.path)
            return await (idempotency.once(read, inner) if once else inner(read))

        return handle


def router(edge: Edge[Body]) -> APIRouter:
    """Return the route of an edge."""
    made = APIRouter(route_class=EdgeRoute, tags=["decisions"], dependencies=[Depends(BEARER)])

    async def handle(body: Any, request: Request) -> Response:
        gateway: Gateway = request.app.state.gateway
        caller: Caller = request.state.caller
        call = edge.read(body, caller)
        seconds = deadline(request, gateway)
        facts = edge.facts(body, caller)
        token = _seat_token(request)
        question = Question(call, caller, edge.name, seconds, edge.terms(body), facts, token)
        decision = await settle_and_wait(gateway, question, request.is_disconnected)
        return exactly(edge.write(decision, beside(gateway, question, decision)))

    handle.__annotations__["body"] = Annotated[edge.body, ...]
    made.add_api_route(
        edge.path,
        handle,
        methods=["POST"],
        name=edge.name,
        summary=edge.summary,
        description=WORDS,
        response_model=edge.answer,
        responses=responses(401, 403, 408, 409, 410, 413, 415, 422, 500, 503),
    )
    return made


def beside(gateway: Gateway, question: Question, decision: Decision) -> Beside:
    """Return what an answer holds beside the decision."""
    token = seating.token(gateway, question, decision)
    return Beside(token, gateway.repeats.display(question, decision))


def _seat_token(request: Request) -> str | None:
    """Return what the seat before handed on; of two tokens none counts."""
    given = request.headers.getlist("drawbar-decision")
    return given[0] if len(given) == 1 else None


def exactly(answer: BaseModel) -> Response:
    """Return an answer with its numbers as they were decided: no other is to be run or shown."""
    return Response(strictjson.written(answer.model_dump()), media_type="application/json")


def deadline(request: Request, gateway: Gateway) -> float:
    """Return the seconds a decision may take."""
    given = request.headers.getlist("drawbar-deadline-ms")
    if not given:
        return gateway.settings.deadline_ms / 1000
    asked = readable_deadline(given[0]) if len(given) == 1 else None
    if asked is None:
        detail = f"`Drawbar-Deadline-Ms` is a whole number from 1 to {MAX_DEADLINE_MS}"
        raise Problem(422, "invalid_request", detail)
    return asked / 1000


def readable_deadline(asked: str) -> int | None:
    """Return the milliseconds that are asked for, if these can be had."""
    readable = asked.isascii() and asked.isdigit() and len(asked) <= len(str(MAX_DEADLINE_MS))
    return int(asked) if readable and 1 <= int(asked) <= MAX_DEADLINE_MS else None

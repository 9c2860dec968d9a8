"""`POST /v1/check/batch`: several calls, decided one after the other or as one."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, ValidationError

from app.auth import BEARER, Caller
from app.deciding.batching import settle_as_one
from app.deciding.question import Question
from app.deciding.settling import settle
from app.edges import http
from app.edges.base import MAX_BODY, EdgeRoute, Limits, beside, deadline, exactly
from app.edges.http import CheckAnswer, CheckRequest
from app.problems import FieldError, Problem, field_error, responses
from app.shapes import Strict
from app.wiring import Gateway
from dsl import strictjson
from dsl.model import Decision
from memory.records.log import Unrecorded

PATH: Final = "/v1/check/batch"
MOST_CALLS: Final = 64
TIMES: Final = 4  # as much as the body of one call may hold
_NO_WAIT: Final = "a call of a batch is not held: ask for it alone, then it may wait"


class BatchRequest(Strict):
    """Calls that an agent wants to make, in the order in which they count."""

    calls: list[Any] = Field(
        min_length=1, max_length=MOST_CALLS, description="Each as `POST /v1/check` takes it."
    )
    atomic: bool = Field(
        default=False,
        description="All are let through, or none is; they have one session, subject and agent.",
    )


class RefusedCall(BaseModel):
    """A call that was not decided: it cannot be read, or may not be asked for."""

    call_id: str | None = Field(description="Its name, if that can be read.")
    effect: str = Field("deny", examples=["deny"])
    status: int = Field(description="What the answer would be if it were asked for alone.")
    reason: str = Field(examples=["invalid_call"])
    message: str
    errors: list[FieldError]


class BatchAnswer(BaseModel):
    """What was decided of each call, in their order."""

    decisions: list[CheckAnswer | RefusedCall]


class _BatchRoute(EdgeRoute):
    limits = Limits(TIMES * MAX_BODY, TIMES * strictjson.MAX_LEAVES)


router = APIRouter(route_class=_BatchRoute, tags=["decisions"], dependencies=[Depends(BEARER)])


@router.post(
    PATH,
    summary="Decide several tool calls",
    response_model=BatchAnswer,
    responses=responses(401, 403, 408, 409, 410, 413, 415, 422, 500, 503),
)
async def batch(body: BatchRequest, request: Request) -> Response:
    """Decide calls one after the other, each as if it were asked for alone.

    A call that cannot be read denies itself. With `atomic` one that is not allowed denies all, and
    nothing is counted, asked or used up; what cannot be read refuses the whole request then.
    The deadline holds for each call, and for all together where they are decided as one.
    """
    request.app.state.gateway.limits.more(request.state.caller.key, len(body.calls) - 1)
    found = _atomic(body, request) if body.atomic else _each(body, request)
    return exactly(BatchAnswer(decisions=await found))


async def _each(body: BatchRequest, request: Request) -> list[CheckAnswer | RefusedCall]:
    gateway: Gateway = request.app.state.gateway
    said: list[CheckAnswer | RefusedCall] = []
    for one in body.calls:
        if await request.is_disconnected():  # nobody would run what is decided now
            break
        try:
            question = _question(one, request)
            said.append(_answer(gateway, question, await settle(gateway, question)))
        except Problem as problem:
            said.append(_refused(one, problem))
        except Unrecorded as error:
            detail = f"the decision could not be recorded, so the call is denied: {error}"
            said.append(_refused(one, Problem(503, "unrecorded", detail)))
        await asyncio.sleep(0)
    return said


async def _atomic(body: BatchRequest, request: Request) -> list[CheckAnswer | RefusedCall]:
    gateway: Gateway = request.app.state.gateway
    questions = [_named(at, one, request) for at, one in enumerate(body.calls)]
    decisions = await settle_as_one(gateway, questions)
    both = zip(questions, decisions, strict=True)
    return [_answer(gateway, question, decision) for question, decision in both]


def _named(at: int, one: Any, request: Request) -> Question:
    """Return a call of those that are decided as one, or refuse them all, saying which it is."""
    try:
        return _question(one, request)
    except Problem as problem:
        errors = [
            FieldError(path=f"/calls/{at}{error.path}", message=error.message)
            for error in problem.errors
        ]
        detail = f"call {at + 1} of the batch: {problem.detail}"
        status = problem.status_code
        raise Problem(status, problem.code, detail, errors=tuple(errors)) from problem


def _question(one: Any, request: Request) -> Question:
    """Return a call as it is asked about, or refuse it."""
    caller: Caller = request.state.caller
    body = _read(one)
    call, facts = http.read(body, caller), http.facts(body, caller)
    seconds = deadline(request, request.app.state.gateway)
    return Question(call, caller, http.EDGE.name, seconds, http.terms(body), facts)


def _read(one: Any) -> CheckRequest:
    try:
        strictjson.refuse_large(one, strictjson.MESSAGE_LEAVES, strictjson.MESSAGE_DEPTH)
        body = CheckRequest.model_validate(one)
    except strictjson.InvalidJson as error:
        where = (FieldError(path=error.path, message=str(error)),)
        raise Problem(422, "invalid_call", str(error), errors=where) from error
    except ValidationError as error:
        errors = tuple(field_error(each) for each in error.errors()[:20])
        raise Problem(422, "invalid_request", "the request is not valid", errors=errors) from error
    if body.wait_s:
        where = (FieldError(path="/wait_s", message=_NO_WAIT),)
        raise Problem(422, "invalid_request", _NO_WAIT, errors=where)
    return body


def _answer(gateway: Gateway, question: Question, decision: Decision) -> CheckAnswer:
    return http.write(decision, beside(gateway, question, decision))


def _refused(one: Any, problem: Problem) -> RefusedCall:
    name = one.get("call_id") if isinstance(one, dict) else None
    errors: Sequence[FieldError] = problem.errors
    return RefusedCall(
        call_id=name[:128] if isinstance(name, str) else None,
        status=problem.status_code,
        reason=problem.code,
        message=f"Denied: {problem.detail}.",
        errors=list(errors),
    )

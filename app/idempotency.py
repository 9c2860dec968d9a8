"""`Idempotency-Key`: a request that carries one is done once, however often it is sent.

Every POST that is read by an `EdgeRoute` takes the header, but for the decision routes: a call is
known by its `call_id`, an event by its `id`. Nor does the list of tools: it does nothing, and its
answer follows policies and freezes as they are now.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app.auth import Caller
from app.problems import Problem
from app.wiring import Gateway
from memory.database import FAULTS
from memory.faults import cause
from memory.idempotency.answers import Answer, Held, Place
from memory.sealing import SealError

HEADER: Final = "Idempotency-Key"
PATTERN: Final = r"^[\x21-\x7e]{1,128}$"
REPLAYED: Final = "Drawbar-Replayed"
MOST_KEPT: Final = 256 * 1024
_KEPT_HEADERS: Final = ("content-type", "etag", "location")
log = structlog.get_logger("drawbar.idempotency")


def takes(app: FastAPI, method: str, path: str) -> bool:
    """Tell whether a request is of those that are done once."""
    return (
        method.upper() == "POST"
        and path not in app.state.decision_paths
        and path not in app.state.never_kept_paths
    )


async def once(request: Request, inner: Callable[[Request], Awaitable[Response]]) -> Response:
    """Do what is asked, or answer as it was answered before."""
    name = _name(request)
    if name is None:
        return await inner(request)
    gateway: Gateway = request.app.state.gateway
    caller: Caller = request.state.caller
    place, asked = Place(caller.key.tenant, caller.key.id, name), await _digest(request)
    async with _store(gateway):
        held = await gateway.answers.claim(place, asked, gateway.now())
    if held is not None:
        return _replayed(held, asked)
    try:
        response = await inner(request)
    except (HTTPException, RequestValidationError) as error:
        if getattr(error, "status_code", 422) < HTTPStatus.INTERNAL_SERVER_ERROR:
            await _release(gateway, place)
        raise
    await _keep(gateway, place, response)
    return response


def _name(request: Request) -> str | None:
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    name = given[0].strip('"') if len(given) == 1 else ""
    if re.fullmatch(PATTERN, name) is None:
        detail = f"`{HEADER}` is one name of 1 to 128 visible ASCII characters"
        raise Problem(422, "invalid_request", detail)
    return name


async def _digest(request: Request) -> str:
    """Return what a request asks for, so that another one is not taken for it."""
    known = [request.method, request.url.path, request.url.query]
    known += request.headers.getlist("if-match")
    told = json.dumps(known).encode() + await request.body()
    return hashlib.sha256(told).hexdigest()


def _replayed(held: Held, asked: str) -> Response:
    if held.asked != asked:
        detail = f"this `{HEADER}` was sent with another request; use a new one"
        raise Problem(422, "idempotency_key_reused", detail)
    if held.status is None:
        detail = "a request with this key is being done, or failed inside the gateway: look first"
        raise Problem(409, "idempotency_in_flight", detail)
    if held.answer is None:
        detail = "this was done before, and its answer is shown only once"
        raise Problem(409, "idempotency_shown_once", detail)
    headers = {**dict(held.answer.headers), REPLAYED: "true"}
    return Response(held.answer.body, held.answer.status, headers=headers)


async def _keep(gateway: Gateway, place: Place, response: Response) -> None:
    """Keep an answer; where that fails the key stays taken, so that nothing is done twice."""
    body = bytes(getattr(response, "body", b""))
    secret = "no-store" in response.headers.get("cache-control", "")
    headers = tuple((k, v) for k, v in response.headers.items() if k in _KEPT_HEADERS)
    answer = Answer(response.status_code, headers, body)
    shown_once = secret or len(body) > MOST_KEPT
    try:
        async with asyncio.timeout(gateway.settings.deadline_ms / 1000):
            await gateway.answers.keep(place, answer, shown_once=shown_once)
    except (TimeoutError, *FAULTS) as error:
        log.warning("an answer could not be kept", cause=cause(error))


async def _release(gateway: Gateway, place: Place) -> None:
    try:
        async with asyncio.timeout(gateway.settings.deadline_ms / 1000):
            await gateway.answers.release(place)
    except (TimeoutError, *FAULTS) as error:
        log.warning("a key of a refused request stays taken", cause=cause(error))


@asynccontextmanager
async def _store(gateway: Gateway) -> AsyncIterator[None]:
    """Refuse where the store fails, is slow, or holds what cannot be opened: nothing was done."""
    try:
        async with asyncio.timeout(gateway.settings.deadline_ms / 1000):
            yield
    except (SealError, *FAULTS) as error:
        raise Problem(503, "unavailable", "the store cannot be asked right now") from error

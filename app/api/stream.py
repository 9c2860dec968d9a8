"""Records as they come, and records as a file: for people who watch and for programs."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from app.api.decisions import Asked
from app.auth import BEARER, Caller, authenticate
from app.problems import responses
from app.sending.shapes import Shape, shaped
from app.wiring import Gateway
from memory.database import Database
from memory.keys import Scope
from memory.records.following import Chained, Positions, after, heads
from memory.records.query import Wanted, chained

LOOK_S: Final = 0.5
QUIET_S: Final = 15.0  # then a word that nothing happened, so that nobody on the way hangs up
router = APIRouter(prefix="/v1/records", tags=["decisions"], dependencies=[Depends(BEARER)])


class _Events(StreamingResponse):
    media_type = "text/event-stream"


class _Lines(StreamingResponse):
    media_type = "application/x-ndjson"


async def _auditor(request: Request) -> Caller:
    caller = await authenticate(request)
    caller.require(Scope.AUDIT)
    return caller


@router.get(
    "/stream",
    summary="Watch records as they come",
    response_class=_Events,
    responses=responses(401, 403, 503),
)
async def stream(request: Request, shape: Shape = Shape.JSON) -> StreamingResponse:
    """Send each record of the tenant from now on as a server-sent event; needs the scope `audit`.

    Records of every gateway on the store come, each within a second or two.
    """
    caller = await _auditor(request)
    gateway: Gateway = request.app.state.gateway
    positions = await heads(gateway.database)
    told = _watched(gateway, caller, positions, shape)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return _Events(told, headers=headers)


async def _watched(
    gateway: Gateway, caller: Caller, positions: Positions, shape: Shape
) -> AsyncIterator[str]:
    """Send what comes for as long as the key is in use."""
    database, tenant = gateway.database, caller.key.tenant
    seen, quiet = dict(positions), 0.0
    yield ": records from now on\n\n"
    while True:
        found = await after(database, seen)
        if (found or not quiet) and await gateway.keys.get(caller.key.id) is None:
            return
        for one in found:
            seen[one.writer] = one.seq
            if one.tenant == tenant and (event := _event(one, shape)):
                yield event
        if found:
            quiet = 0.0
            continue
        await asyncio.sleep(LOOK_S)
        quiet += LOOK_S
        if quiet >= QUIET_S:
            quiet = 0.0
            yield ": quiet\n\n"


def _event(one: Chained, shape: Shape) -> str | None:
    """Write a record as an event; a line feed in JSON is escaped, so one line holds it."""
    told = shaped(one, shape)
    if told is None:
        return None
    return f"id: {one.writer}-{one.seq}\nevent: {one.kind}\ndata: {_line(told)}\n\n"


class Taken(Asked):
    """Which decisions are taken out, and in which form; `limit` does not matter."""

    shape: Shape = Shape.JSON


@router.get(
    "/export",
    summary="Take recorded decisions out",
    response_class=_Lines,
    responses=responses(401, 403, 422),
)
async def export(asked: Annotated[Taken, Query()], request: Request) -> StreamingResponse:
    """Send all decisions that fit, newest first, one JSON object a line; needs `audit`."""
    caller = await _auditor(request)
    gateway: Gateway = request.app.state.gateway
    told = asked.model_dump(exclude={"limit", "cursor", "shape"})
    wanted = Wanted(caller.key.tenant, **told, before=asked.cursor)
    return _Lines(_lines(gateway.database, wanted, asked.shape))


async def _lines(database: Database, wanted: Wanted, shape: Shape) -> AsyncIterator[str]:
    async for one in chained(database, wanted):
        told = shaped(one, shape)
        if told is not None:
            yield _line(told) + "\n"


def _line(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

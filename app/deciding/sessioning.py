"""Holds a session for a request, and keeps what happened in it before the request is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog
from msgspec import structs

from app.problems import Problem
from app.wiring import Gateway
from dsl.errors import DrawbarError
from dsl.model import Cause
from memory.database import FAULTS
from memory.evidence.forgetting import Forgetting
from memory.faults import cause
from memory.records.act import Actor, What, act
from memory.records.acting import Noting
from memory.records.record import DecisionRecord
from memory.records.steps import Along
from memory.sessions.session import Owner
from memory.sessions.sessions import Deleted, NotYours, Turn
from memory.sessions.store import Row

HTTP: Final = "http"  # the edge that sessions are opened and looked at by
DELETE_S: Final = 30.0  # a session of 16 MiB is read, and what counts of it written again
log = structlog.get_logger("drawbar.session")
_OVER = {
    Cause.SESSION_EXPIRED: "the session is over; open a new one",
    Cause.SESSION_OVERFLOW: "the session holds too much and is over; open a new one",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A session that is held, and what is recorded when it is left."""

    turn: Turn
    records: list[DecisionRecord] = field(default_factory=list)
    evidence: list[Row] = field(default_factory=list)


@asynccontextmanager
async def in_session(
    gateway: Gateway, owner: Owner, name: str, now: datetime, edge: str = HTTP
) -> AsyncIterator[Visit]:
    """Hold a session that is not over; what happens in it is stored at the end, or it did not."""
    async with _kept(gateway, edge=edge), gateway.sessions.turn(owner, name, {}, now) as turn:
        if turn.session is None:
            raise Problem(409, "session_over", _OVER[turn.cause])
        visit = Visit(turn)
        yield visit
        said = await gateway.keeper.of_events(owner, name, turn.happened, now)
        kept = structs.replace(gateway.sessions.left(turn), evidence=[*said, *visit.evidence])
        if kept or visit.records:
            await gateway.log.append(visit.records, kept)


async def joined_session(gateway: Gateway, owner: Owner, edge: str = HTTP) -> str:
    """Return the one open session of a subject and an agent, or a name for it if none is open.

    Whoever asks at the same time is given the same name; the first turn with it opens it. Where
    several are open nobody can tell which is meant.
    """
    async with _kept(gateway, edge=edge):
        found = await gateway.sessions.lasting(owner, gateway.now())
    if len(found.open) > 1:
        detail = "several sessions of this subject and agent are open; name the one that is meant"
        raise Problem(409, "several_sessions", detail)
    return found.open[0] if found.open else gateway.session_names.after(owner, found.newest)


async def owner_of_session(gateway: Gateway, tenant: str, name: str) -> Owner | None:
    """Return whose a session is, if it was ever opened."""
    async with _kept(gateway):
        return await gateway.sessions.owner(tenant, name)


async def delete_session(
    gateway: Gateway, tenant: str, name: str, by: Actor, now: datetime
) -> bool:
    """End a session for good, and destroy what was said in it; tell whether there was one.

    Who did so is recorded with it, or nothing of it happens.
    """
    deleted = act(What.SESSION_DELETED, by, now, tenant, about=name, session=name)
    steps = Forgetting(tenant, name), Noting(deleted)
    async with _kept(gateway, DELETE_S):
        return await gateway.sessions.close(tenant, name, now, Along(gateway.database, steps))


def not_yours(error: NotYours) -> Problem:
    """Refuse a session that is not to be used."""
    if isinstance(error, Deleted):
        return Problem(410, "session_deleted", str(error))
    return Problem(403, "foreign_session", str(error))


@asynccontextmanager
async def _kept(
    gateway: Gateway, seconds: float | None = None, edge: str = HTTP
) -> AsyncIterator[None]:
    """Refuse where the store fails or is slow; the deadline is that of a decision, if not told."""
    try:
        async with asyncio.timeout(seconds or gateway.settings.deadline_ms / 1000):
            yield
    except NotYours as error:
        raise not_yours(error) from error
    except (DrawbarError, *FAULTS) as error:
        gateway.metrics.faults.labels(edge, "session").inc()
        log.error("a session could not be kept", cause=cause(error))  # noqa: TRY400 - one line
        raise Problem(503, "unavailable", "the session cannot be kept right now") from error

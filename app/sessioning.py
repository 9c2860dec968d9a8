"""Holds a session for a request, and keeps what happened in it before the request is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from app.problems import Problem
from app.wiring import Gateway
from dsl.model import Cause
from memory.database import FAULTS
from memory.records import Unrecorded
from memory.sealing import SealError
from memory.sessions.session import Owner
from memory.sessions.sessions import NotYours, Turn

log = structlog.get_logger("drawbar.session")


@asynccontextmanager
async def in_session(
    gateway: Gateway, owner: Owner, name: str, now: datetime
) -> AsyncIterator[Turn]:
    """Hold a session that is not over; what happens in it is stored at the end, or it did not."""
    try:
        async with (
            asyncio.timeout(gateway.settings.deadline_ms / 1000),
            gateway.sessions.turn(owner, name, {}, now) as turn,
        ):
            if turn.cause is Cause.SESSION_EXPIRED:
                raise Problem(409, "session_over", "the session is over; open a new one")
            yield turn
            if rows := gateway.sessions.rows(turn):
                await gateway.log.append(None, rows)
    except NotYours as error:
        raise Problem(403, "foreign_session", str(error)) from error
    except (Unrecorded, SealError, TimeoutError, *FAULTS) as error:
        gateway.metrics.faults.labels("http", "session").inc()
        log.exception("a session could not be kept", session=name)
        raise Problem(503, "unavailable", "the session cannot be kept right now") from error

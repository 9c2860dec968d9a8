"""Which decisions were taken over by another seat: each at most once, whichever gateway asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database, add_once
from memory.records.steps import Overtaken
from memory.tables import seat_uses

KEPT: Final = timedelta(hours=1)  # far longer than any token can be used
_COLUMN: Final = seat_uses.c


async def is_used(database: Database, decision: str) -> bool:
    """Tell whether a decision was taken over already."""
    query = select(_COLUMN.decision).where(_COLUMN.decision == decision)
    async with database.read() as connection:
        return (await connection.execute(query)).first() is not None


async def forget(database: Database, now: datetime) -> None:
    """Let go of what no token can name any more."""
    async with database.write() as connection:
        await connection.execute(delete(seat_uses).where(_COLUMN.used_at < now - KEPT))


@dataclass(frozen=True, slots=True)
class TakeOver:
    """A decision rests on one of another seat, which is used up with it."""

    decision: str
    used_by: str
    now: datetime

    async def take(self, connection: AsyncConnection) -> None:
        """Use it up; of several who try, one alone finds it unused."""
        row = {"decision": self.decision, "used_by": self.used_by, "used_at": self.now}
        if not await add_once(connection, seat_uses, row):
            raise Overtaken("another seat took the decision over first")

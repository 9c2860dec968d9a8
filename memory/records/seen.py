"""Which kinds of things gateways were ever told in sessions."""

from sqlalchemy import select

from memory.database import Database
from memory.records.query import Wanted, page
from memory.records.record import DecisionRecord
from memory.sessions.events import Kind
from memory.tables import session_events


async def was_told(database: Database, kind: Kind) -> bool:
    """Tell whether an event of a kind is kept in this database."""
    query = select(session_events.c.number).where(session_events.c.kind == kind).limit(1)
    async with database.read() as connection:
        return (await connection.execute(query)).first() is not None


async def recent(database: Database, tenant: str, limit: int) -> tuple[DecisionRecord, ...]:
    """Return the newest decisions, newest first."""
    return (await page(database, Wanted(tenant), limit)).found

"""Takes out of the evidence what was said and given back in a session that is deleted."""

from typing import Final

from sqlalchemy import delete

from memory.database import Database
from memory.evidence.kind import Kind
from memory.tables import evidence

_SAID: Final = (Kind.MESSAGE, Kind.RESULT)


async def forget_session(database: Database, tenant: str, session: str) -> None:
    """Delete what was said and given back; what decisions were made on is kept for its time."""
    column = evidence.c
    wanted = column.tenant == tenant, column.session == session, column.kind.in_(_SAID)
    async with database.write() as connection:
        await connection.execute(delete(evidence).where(*wanted))

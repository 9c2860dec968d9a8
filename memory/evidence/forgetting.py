"""Takes out of the evidence what was said and given back in a session that is deleted."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.evidence.kind import Kind
from memory.tables import evidence

_SAID: Final = (Kind.MESSAGE, Kind.RESULT)


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Deletes what was said and given back; what decisions were made on is kept for its time."""

    tenant: str
    session: str

    async def take(self, connection: AsyncConnection) -> None:
        """Delete it."""
        column = evidence.c
        of_session = column.tenant == self.tenant, column.session == self.session
        await connection.execute(delete(evidence).where(*of_session, column.kind.in_(_SAID)))

"""The stored records, for reading."""

from sqlalchemy import desc, select

from memory.database import Database
from memory.records.record import KIND, DecisionRecord, record
from memory.tables import records


class Records:
    """The stored records, for reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, decision_id: str) -> DecisionRecord | None:
        """Return one record of a decision."""
        query = select(records.c.content).where(records.c.id == decision_id, records.c.kind == KIND)
        async with self._database.read() as connection:
            content = (await connection.execute(query)).scalar_one_or_none()
        return None if content is None else record(content)

    async def latest(self, limit: int) -> list[DecisionRecord]:
        """Return the newest records of decisions, newest first."""
        column = records.c
        query = select(column.content).where(column.kind == KIND)
        query = query.order_by(desc(column.at), desc(column.id)).limit(limit)
        async with self._database.read() as connection:
            return [record(content) for content in (await connection.execute(query)).scalars()]

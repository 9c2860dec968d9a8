"""Finds records of decisions, newest first, a page at a time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.ids import first_id
from memory.records.record import KIND, DecisionRecord, record
from memory.tables import records

AT_ONCE: Final = 500
PREFIX: Final = "d"
_COLUMN: Final = records.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions are looked for; what is None does not matter. `since` is included."""

    tenant: str
    subject: str | None = None
    agent: str | None = None
    session: str | None = None
    tool: str | None = None
    effect: str | None = None
    rule: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None  # the id that the page before ended with

    def query(self) -> Select[Any]:
        """Return what asks for them, newest first."""
        query = select(_COLUMN.id, _COLUMN.content).where(_COLUMN.tenant == self.tenant)
        for name in _FOUND_BY:
            value = getattr(self, name)
            if value is not None:
                query = query.where(_COLUMN[name] == value)
        if all(getattr(self, name) is None for name in _FOUND_BY):
            query = query.where(_COLUMN.kind == KIND)
        low = f"{PREFIX}_" if self.since is None else first_id(PREFIX, self.since)
        high = f"{PREFIX}_~" if self.until is None else first_id(PREFIX, self.until)
        end = high if self.before is None else min(high, self.before)
        # Ids of decisions alone begin so, and are in the order of time: any index gives both.
        return query.where(_COLUMN.id >= low, _COLUMN.id < end).order_by(_COLUMN.id.desc())


_FOUND_BY: Final = ("subject", "agent", "session", "tool", "effect", "rule")


@dataclass(frozen=True, slots=True)
class Page:
    """Some decisions, and the id to go on before, if there are more."""

    found: tuple[DecisionRecord, ...]
    after: str | None


async def page(database: Database, wanted: Wanted, limit: int) -> Page:
    """Return the newest decisions that are looked for."""
    async with database.read() as connection:
        return await _page(connection, wanted, limit)


async def every(database: Database, wanted: Wanted) -> AsyncIterator[DecisionRecord]:
    """Yield all decisions that are looked for, newest first."""
    async with database.read() as connection:
        while True:
            found = await _page(connection, wanted, AT_ONCE)
            for one in found.found:
                yield one
            if found.after is None:
                return
            wanted = replace(wanted, before=found.after)


async def _page(connection: AsyncConnection, wanted: Wanted, limit: int) -> Page:
    rows = (await connection.execute(wanted.query().limit(limit + 1))).all()
    found = tuple(record(row.content) for row in rows[:limit])
    return Page(found, rows[limit - 1].id if len(rows) > limit else None)

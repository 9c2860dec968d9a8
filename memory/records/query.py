"""Finds records of decisions, newest first, a page at a time."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.ids import first_id
from memory.records.following import Chained
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
    would: str | None = None
    glass: str | None = None
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
        if self.glass is not None:
            query = query.where(_COLUMN.glass.is_not(None))
            query = query.where(_COLUMN.glass.contains(self.glass, autoescape=True))
        if all(getattr(self, name) is None for name in (*_FOUND_BY, "glass")):
            query = query.where(_COLUMN.kind == KIND)
        low = f"{PREFIX}_" if self.since is None else first_id(PREFIX, self.since)
        high = f"{PREFIX}_~" if self.until is None else first_id(PREFIX, self.until)
        end = high if self.before is None else min(high, self.before)
        # Ids of decisions alone begin so, and are in the order of time: any index gives both.
        return query.where(_COLUMN.id >= low, _COLUMN.id < end).order_by(_COLUMN.id.desc())


_CHAINED: Final = tuple(one.name for one in fields(Chained))
_FOUND_BY: Final = ("subject", "agent", "session", "tool", "effect", "rule", "would")


@dataclass(frozen=True, slots=True)
class Page:
    """Some decisions, and the id to go on before, if there are more."""

    found: tuple[DecisionRecord, ...]
    after: str | None


async def page(database: Database, wanted: Wanted, limit: int) -> Page:
    """Return the newest decisions that are looked for."""
    async with database.read() as connection:
        return await _page(connection, wanted, limit)


async def earlier(database: Database, tenant: str, rule: str, than: str, most: int) -> int:
    """Return how many decisions a rule made before another; beyond `most` nobody counts."""
    same = (_COLUMN.tenant == tenant, _COLUMN.rule == rule, _COLUMN.id < than)
    found = select(_COLUMN.id).where(*same).limit(most)
    async with database.read() as connection:
        number = await connection.execute(select(func.count()).select_from(found.subquery()))
        return int(number.scalar_one())


async def deciding_rules(
    database: Database, tenant: str, names: Sequence[str]
) -> Mapping[str, str]:
    """Return of some decisions the first rule that decided, with its policy."""
    found: dict[str, str] = {}
    for at in range(0, len(names), AT_ONCE):
        query = select(_COLUMN.id, _COLUMN.rule).where(
            _COLUMN.tenant == tenant,
            _COLUMN.rule.is_not(None),
            _COLUMN.id.in_(names[at : at + AT_ONCE]),
        )
        async with database.read() as connection:
            found |= {row.id: row.rule for row in (await connection.execute(query)).all()}
    return found


async def chained(database: Database, wanted: Wanted) -> AsyncIterator[Chained]:
    """Yield all decisions that are looked for with their place in the chain, newest first."""
    columns = (_COLUMN.writer, _COLUMN.seq, _COLUMN.hash, _COLUMN.kind, _COLUMN.tenant)
    while True:
        query = wanted.query().add_columns(*columns).limit(AT_ONCE)
        async with database.read() as connection:  # not held while a slow reader takes them
            rows = (await connection.execute(query)).mappings().all()
        for row in rows:
            yield Chained(**{name: row[name] for name in _CHAINED})
        if len(rows) < AT_ONCE:
            return
        wanted = replace(wanted, before=rows[-1]["id"])


async def _page(connection: AsyncConnection, wanted: Wanted, limit: int) -> Page:
    rows = (await connection.execute(wanted.query().limit(limit + 1))).all()
    found = tuple(record(row.content) for row in rows[:limit])
    return Page(found, rows[limit - 1].id if len(rows) > limit else None)

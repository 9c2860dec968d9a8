"""Finds records of acts, newest first, a page at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select

from memory.database import Database
from memory.ids import first_id
from memory.records.act import PREFIX, ActRecord
from memory.tables import records

_COLUMN: Final = records.c
_FOUND_BY: Final = {"who": "agent", "subject": "subject", "session": "session"}


@dataclass(frozen=True, slots=True)
class WantedActs:
    """Which acts are looked for; what is None does not matter. `since` is included."""

    tenant: str | None = None
    what: Sequence[str] | None = None
    who: str | None = None
    subject: str | None = None
    session: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None  # the id that the page before ended with

    def query(self) -> Select[Any]:
        """Return what asks for them, newest first."""
        low = f"{PREFIX}_" if self.since is None else first_id(PREFIX, self.since)
        high = f"{PREFIX}_~" if self.until is None else first_id(PREFIX, self.until)
        end = high if self.before is None else min(high, self.before)
        # Ids of acts alone begin so, and are in the order of time.
        query = select(_COLUMN.id, _COLUMN.content).where(_COLUMN.id >= low, _COLUMN.id < end)
        if self.tenant is not None:
            query = query.where(_COLUMN.tenant == self.tenant)
        if self.what is not None:
            query = query.where(_COLUMN.tool.in_(self.what))
        for name, column in _FOUND_BY.items():
            if (value := getattr(self, name)) is not None:
                query = query.where(_COLUMN[column] == value)
        return query.order_by(_COLUMN.id.desc())


@dataclass(frozen=True, slots=True)
class ActPage:
    """Some acts, and the id to go on before, if there are more."""

    found: tuple[ActRecord, ...]
    after: str | None


async def page(database: Database, wanted: WantedActs, limit: int | None = None) -> ActPage:
    """Return the newest acts that are looked for; all of them without a limit."""
    most = None if limit is None else limit + 1
    async with database.read() as connection:
        rows = (await connection.execute(wanted.query().limit(most))).all()
    found = tuple(_act(row.content) for row in rows[:limit])
    more = limit is not None and len(rows) > limit
    return ActPage(found, found[-1].id if more else None)


def _act(content: str) -> ActRecord:
    told = json.loads(content)
    told.pop("record")
    return ActRecord(**{**told, "at": datetime.fromisoformat(told["at"])})

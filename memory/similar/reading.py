"""Reads calls to be compared: what memory keeps of them, opened, with the end of its days."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select
from sqlalchemy.engine import RowMapping

from memory.database import Database
from memory.evidence.evidence import unsealed
from memory.evidence.key import Key
from memory.evidence.vault import Vault
from memory.induction.case import Case
from memory.induction.evidence import BACKGROUND_DAYS
from memory.learning.cases import newest, of_decisions, oldest
from memory.learning.job import line
from memory.learning.making import case_of
from memory.tables import evidence

PAGE: Final = 50  # rows at once: others have their turn between two pages
_TURN: Final = 64 << 10  # bytes that are opened before others have their turn
_ROW: Final = evidence.c


@dataclass(frozen=True, slots=True)
class Kept:
    """A call that can still be read."""

    case: Case
    expires: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Some calls, and the rows between which they stood, whether or not each could be read."""

    calls: Sequence[Kept]
    first: RowMapping | None = None
    last: RowMapping | None = None
    more: bool = False


class Reading:
    """Reads the calls of one store; what was erased, or is past its days, is none."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def named(self, tenant: str, decisions: Sequence[str], now: datetime) -> list[Kept]:
        """Return some calls by their decisions."""
        found = list[Kept]()
        for at in range(0, len(decisions), PAGE):
            query = of_decisions(tenant, decisions[at : at + PAGE]).where(_ROW.at <= now)
            page = await self._page(tenant, query, now)
            found += page.calls
        return found

    async def before(
        self, tenant: str, until: datetime, row: RowMapping | None, now: datetime
    ) -> Page:
        """Return the newest calls up to a moment, or those that are older than a row."""
        since = now - timedelta(days=BACKGROUND_DAYS)
        return await self._page(tenant, newest(tenant, since, until, row), now)

    async def after(
        self, tenant: str, until: datetime, row: RowMapping | None, now: datetime
    ) -> Page:
        """Return the oldest calls up to a moment that are newer than a row."""
        return await self._page(tenant, oldest(tenant, until, row), now)

    async def _page(self, tenant: str, query: Select[Any], now: datetime) -> Page:
        async with self._database.read() as connection:
            rows = (await connection.execute(query.limit(PAGE))).mappings().all()
        if not rows:
            return Page(())
        calls = list[Kept]()
        for some in _turns(rows):
            keys = await self._vault.keys(tenant, {row["subject"] for row in some})
            opened = ((row, _case(tenant, row, keys[row["subject"]])) for row in some)
            calls += [
                Kept(case, row["expires_at"])
                for row, case in opened
                if case is not None and row["expires_at"] > now
            ]
            await asyncio.sleep(0)
        return Page(calls, rows[0], rows[-1], more=len(rows) == PAGE)


def _turns(rows: Sequence[RowMapping]) -> Iterator[Sequence[RowMapping]]:
    """Yield rows in parts that hold others up for a moment alone: great calls one by one."""
    first, size = 0, 0
    for at, row in enumerate(rows, start=1):
        size += len(row["sealed"])
        if size >= _TURN or at == len(rows):
            yield rows[first:at]
            first, size = at, 0


def _case(tenant: str, row: RowMapping, key: Key) -> Case | None:
    text = unsealed(key, row)
    return None if text is None else case_of(line(row["decision"], row["at"], text), tenant)

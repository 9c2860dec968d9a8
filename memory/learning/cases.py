"""The decided calls of a tenant that memory may look at, opened and handed on as they are."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, or_, select
from sqlalchemy.engine import RowMapping

from memory.database import Database
from memory.evidence.evidence import kept_of, unsealed
from memory.evidence.kind import Kind
from memory.evidence.vault import Vault
from memory.induction.evidence import BACKGROUND_DAYS
from memory.learning.job import line
from memory.tables import evidence

NEWEST: Final = 100_000  # calls of a tenant that are looked at, beside those that were reported
MOST_MIB: Final = 256  # of these, as they are stored: what is read of them is held at once
SETTLED: Final = timedelta(minutes=1)
_PAGE: Final = 100  # rows at once: others have their turn between two pages
_ROW: Final = evidence.c
_IS_KEPT: Final = _ROW.kind == str(Kind.FEATURES)


class Cases:
    """Reads cases; what was erased, is past its days, or cannot be opened is none."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def lines(self, tenant: str, reported: Iterable[str], as_of: datetime) -> list[bytes]:
        """Return the cases that were reported, and the newest others, each as a line.

        Of the last minute the others are left out: what is just being stored might be there or
        not, and whoever looks again must find the same.
        """
        named = self._named(tenant, sorted(set(reported)), as_of)
        found = {decision: text async for decision, text in named}
        found |= {decision: text async for decision, text in self._newest(tenant, as_of - SETTLED)}
        return [found[decision] for decision in sorted(found)]

    async def one(self, tenant: str, decision: str) -> bytes | None:
        """Return the case of one decision, if there is one."""
        rows = await self._rows(of_decisions(tenant, [decision]).limit(1))
        found = await self._opened(tenant, rows)
        return found[0][1] if found else None

    async def there(self, tenant: str, decisions: Iterable[str], as_of: datetime) -> set[str]:
        """Return of which of some decisions there is a case still."""
        names = sorted(set(decisions))
        return {decision async for decision, _ in self._named(tenant, names, as_of)}

    async def _named(
        self, tenant: str, names: Sequence[str], as_of: datetime
    ) -> AsyncIterator[tuple[str, bytes]]:
        for at in range(0, len(names), _PAGE):
            query = of_decisions(tenant, names[at : at + _PAGE]).where(_ROW.at <= as_of)
            for one in await self._opened(tenant, await self._rows(query)):
                yield one

    async def _newest(self, tenant: str, as_of: datetime) -> AsyncIterator[tuple[str, bytes]]:
        since = as_of - timedelta(days=BACKGROUND_DAYS)
        before: RowMapping | None = None
        left = MOST_MIB * (1 << 20)
        for _ in range(0, NEWEST, _PAGE):
            rows = await self._rows(newest(tenant, since, as_of, before).limit(_PAGE))
            for one in await self._opened(tenant, rows):
                yield one
            left -= sum(len(row["sealed"]) for row in rows)  # counted where it is erased, too
            if len(rows) < _PAGE or left <= 0:
                return
            before = rows[-1]
            await asyncio.sleep(0)

    async def _rows(self, query: Select[Any]) -> Sequence[RowMapping]:
        async with self._database.read() as connection:
            rows: Sequence[RowMapping] = (await connection.execute(query)).mappings().all()
            return rows

    async def _opened(self, tenant: str, rows: Sequence[RowMapping]) -> list[tuple[str, bytes]]:
        keys = await self._vault.keys(tenant, {row["subject"] for row in rows})
        texts = ((row, unsealed(keys[row["subject"]], row)) for row in rows)
        return [
            (row["decision"], line(row["decision"], row["at"], text))
            for row, text in texts
            if text is not None
        ]


def of_decisions(tenant: str, decisions: Sequence[str]) -> Select[Any]:
    """Select what is kept of some calls to learn from."""
    return kept_of(tenant, decisions).where(_IS_KEPT)


def newest(
    tenant: str, since: datetime, until: datetime, before: RowMapping | None = None
) -> Select[Any]:
    """Select what is kept of a tenant's calls, the newest first; with a row only what is older."""
    last = until if before is None else before["at"]
    found = select(evidence).where(_ROW.tenant == tenant, _IS_KEPT)
    found = found.where(_ROW.at > since, _ROW.at <= last)
    if before is not None:
        found = found.where(or_(_ROW.at < last, _ROW.id < before["id"]))
    return found.order_by(_ROW.at.desc(), _ROW.id.desc())


def oldest(tenant: str, until: datetime, after: RowMapping | None = None) -> Select[Any]:
    """Select what is kept of a tenant's calls, the oldest first; with a row only what is newer."""
    found = select(evidence).where(_ROW.tenant == tenant, _IS_KEPT, _ROW.at <= until)
    if after is not None:
        first = after["at"]
        found = found.where(_ROW.at >= first, or_(_ROW.at > first, _ROW.id > after["id"]))
    return found.order_by(_ROW.at, _ROW.id)

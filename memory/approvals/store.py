"""The approvals of a store."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select

from memory.approvals import rows
from memory.approvals.approval import Status, StoredApproval
from memory.approvals.steps import Said
from memory.database import Database
from memory.evidence.key import ErasedError
from memory.evidence.vault import Vault
from memory.tables import approval_asks, approvals

_COLUMN: Final = approvals.c
_OPEN: Final = (Status.PENDING, Status.APPROVED)
_AT_ONCE: Final = 500
_BRIEF: Final = [column for column in approvals.c if column.name != "content"]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose calls share a budget of questions: those of a session, or of who has none."""

    tenant: str
    subject: str | None
    agent: str | None
    session: str | None
    server: str | None
    tool: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which approvals are looked for, newest first."""

    tenant: str
    subject: str | None = None  # None stands for everybody
    status: Status | None = None
    before: str | None = None
    limit: int = 50


class Approvals:
    """Reads approvals, and stores what people say of them."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def row(self, one: StoredApproval) -> Mapping[str, Any]:
        """Return an approval as it is stored, sealed with its subject's key."""
        return rows.row(one, await self._vault.key(one.tenant, one.subject))

    async def get(self, approval_id: str) -> StoredApproval | None:
        """Return one approval."""
        found = await self._read(select(approvals).where(_COLUMN.id == approval_id))
        return found[0] if found else None

    async def same(self, tenant: str, digest: str, now: datetime) -> list[StoredApproval]:
        """Return the approvals of exactly this call that are not used or over, newest first.

        What people are shown is left out, here and in lists.
        """
        query = select(*_BRIEF).where(
            _COLUMN.tenant == tenant,
            _COLUMN.digest == digest,
            _COLUMN.status != Status.USED,
            _COLUMN.expires_at > now,
        )
        return await self._read(query.order_by(_COLUMN.id.desc()).limit(10))

    async def number(self, whose: Whose, now: datetime) -> int:
        """Return how often people were asked; without a session, how often they still are."""
        wanted = [
            _COLUMN.tenant == whose.tenant,
            _COLUMN.session == whose.session,
            _COLUMN.server == whose.server,
            _COLUMN.tool == whose.tool,
        ]
        if whose.session is None:
            wanted += [_COLUMN.subject == whose.subject, _COLUMN.agent == whose.agent]
            wanted += [_COLUMN.status == Status.PENDING, _COLUMN.expires_at > now]
        query = select(func.count()).select_from(approvals).where(*wanted)
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def listed(self, wanted: Wanted, now: datetime) -> list[StoredApproval]:
        """Return approvals, newest first."""
        query = select(*_BRIEF).where(_COLUMN.tenant == wanted.tenant)
        if wanted.subject is not None:
            query = query.where(_COLUMN.subject == wanted.subject)
        if wanted.before is not None:
            query = query.where(_COLUMN.id < wanted.before)
        if wanted.status is Status.EXPIRED:
            query = query.where(_COLUMN.status.in_(_OPEN), _COLUMN.expires_at <= now)
        elif wanted.status is not None:
            query = query.where(_COLUMN.status == wanted.status)
            if wanted.status in _OPEN:
                query = query.where(_COLUMN.expires_at > now)
        return await self._read(query.order_by(_COLUMN.id.desc()).limit(wanted.limit))

    async def used_last(self, one: StoredApproval) -> StoredApproval | None:
        """Return the call of the same tool that was let through by an approval before."""
        query = select(approvals).where(
            _COLUMN.tenant == one.tenant,
            _COLUMN.server == one.server,
            _COLUMN.tool == one.tool,
            _COLUMN.status == Status.USED,
            _COLUMN.id != one.id,
        )
        found = await self._read(query.order_by(_COLUMN.used_at.desc()).limit(1))
        return found[0] if found else None

    async def decided(self, approval_ids: Sequence[str], now: datetime) -> list[str]:
        """Return which of some approvals wait no longer."""
        still = select(_COLUMN.id).where(
            _COLUMN.id.in_(approval_ids[:_AT_ONCE]),
            _COLUMN.status == Status.PENDING,
            _COLUMN.expires_at > now,
        )
        async with self._database.read() as connection:
            waiting = set((await connection.execute(still)).scalars())
        return [one for one in approval_ids[:_AT_ONCE] if one not in waiting]

    async def requesters(self, approval_id: str) -> set[str]:
        """Return the keys that asked, and their subjects."""
        keys = select(approval_asks.c.key_id, approval_asks.c.key_subject).distinct()
        query = keys.where(approval_asks.c.approval == approval_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return {name for row in rows for name in row}

    async def first_asked(self, approval_id: str) -> str | None:
        """Return the decision by which people were first asked."""
        query = select(func.min(approval_asks.c.decision))
        query = query.where(approval_asks.c.approval == approval_id)
        async with self._database.read() as connection:
            found: str | None = (await connection.execute(query)).scalar_one_or_none()
            return found

    async def answering(self, before: StoredApproval, after: StoredApproval, now: datetime) -> Said:
        """Return what stores an answer along with its record."""
        key = await self._vault.key(after.tenant, after.subject)
        return Said(before, after, rows.answers(after, key), now)

    async def _read(self, query: Select[Any]) -> list[StoredApproval]:
        """Return approvals, but for those of an erased subject: nobody can use them any more."""
        async with self._database.read() as connection:
            stored = (await connection.execute(query)).mappings().all()
        found = []
        for tenant in {row["tenant"] for row in stored}:
            mine = [row for row in stored if row["tenant"] == tenant]
            keys = await self._vault.keys(tenant, {row["subject"] for row in mine})
            for row in mine:
                with suppress(ErasedError):
                    found.append(rows.approval(row, keys[row["subject"]]))
        return found

"""API keys: shown once, stored as their SHA-256, each with its scopes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.announcing.announce import Topic, announce
from memory.database import FAULTS, Database, StoreError
from memory.key import ApiKey, KeyRotated, Made, NewKey, again, created, digest, fresh, read
from memory.records.act import Actor, What, act, os_user
from memory.records.acting import note
from memory.scopes import DEFAULT_TENANT, MEANING, Scope, ScopeError, checked
from memory.tables import api_keys

__all__ = (
    "DEFAULT_TENANT",
    "MEANING",
    "ApiKey",
    "KeyRotated",
    "Keys",
    "Made",
    "NewKey",
    "Scope",
    "ScopeError",
    "checked",
    "digest",
)


def _machine_clock() -> datetime:
    return datetime.now(UTC)


class Keys:
    """The keys of a store."""

    def __init__(self, database: Database, now: Callable[[], datetime] = _machine_clock) -> None:
        self._database = database
        self._now = now

    async def create(
        self,
        name: str,
        scopes: Iterable[Scope],
        now: datetime,
        *,
        roles: Iterable[str] = (),
        by: Actor | None = None,
        **fields: Any,
    ) -> str:
        """Store a new key and return its secret alone; see `make`."""
        new = NewKey(name, frozenset(scopes), roles=tuple(roles), **fields)
        return (await self.make(new, now, by)).secret

    async def make(self, new: NewKey, now: datetime, by: Actor | None = None) -> Made:
        """Store a new key and return it with its secret, which is not kept.

        Who it was stands in the chain; where nobody is named it is who runs this process.
        """
        made, row = fresh(new, now)
        async with self._database.write() as connection:
            await connection.execute(insert(api_keys).values(row))
            await note(connection, created(made.key, by or os_user()))
        return made

    async def rotate(
        self, key_id: str, keep: timedelta, now: datetime, by: Actor | None = None
    ) -> Made | None:
        """Give the rights of a key to a new one; the old one works on for a while, if it still did.

        The new one lasts as long as the old one was made for. None: there is no such key in use.
        Raises `KeyRotated` for a key that was rotated before, and `ScopeError` for one whose
        rights nobody may hold any more.
        """
        query = select(api_keys).where(api_keys.c.id == key_id)
        async with self._database.write() as connection:
            await _hold(connection, key_id)
            row = (await connection.execute(query)).mappings().one_or_none()
            old = None if row is None else read(row)
            if old is None or not old.works(now):
                return None
            made, added = fresh(again(old, now), now)
            until = now + keep if old.expires_at is None else min(now + keep, old.expires_at)
            await connection.execute(insert(api_keys).values(added))
            ends = {"expires_at": until, "rotated_at": now}
            await connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(**ends))
            await announce(connection, Topic.KEYS)
            details = {"new": made.key.id, "works_until": until.isoformat()}
            told = {"about": key_id, "subject": old.subject, "details": details}
            rotated = act(What.KEY_ROTATED, by or os_user(), now, old.tenant, **told)
            await note(connection, rotated)
        return made

    async def find(self, secret: str) -> ApiKey | None:
        """Return the key of a secret, unless it is unknown, revoked or expired."""
        return await self._one(select(api_keys).where(api_keys.c.digest == digest(secret)))

    async def get(self, key_id: str) -> ApiKey | None:
        """Return a key by its id, unless it is unknown, revoked or expired."""
        return await self._one(select(api_keys).where(api_keys.c.id == key_id))

    async def _one(self, query: Select[Any]) -> ApiKey | None:
        try:
            async with self._database.read() as connection:
                row = (await connection.execute(query)).mappings().one_or_none()
        except FAULTS as error:
            raise StoreError("the store cannot be asked for keys") from error
        key = None if row is None else read(row)
        return key if key is not None and key.works(self._now()) else None

    async def all(self, tenant: str | None = None) -> list[ApiKey]:
        """Return every key, or those of one tenant, oldest first."""
        query = select(api_keys).order_by(api_keys.c.id)
        if tenant is not None:
            query = query.where(api_keys.c.tenant == tenant)
        async with self._database.read() as connection:
            return [read(row) for row in (await connection.execute(query)).mappings()]

    async def page(self, tenant: str, limit: int, before: str | None = None) -> list[ApiKey]:
        """Return the newest keys of a tenant, or those before one."""
        query = select(api_keys).where(api_keys.c.tenant == tenant)
        if before is not None:
            query = query.where(api_keys.c.id < before)
        query = query.order_by(api_keys.c.id.desc()).limit(limit)
        async with self._database.read() as connection:
            return [read(row) for row in (await connection.execute(query)).mappings()]

    async def stored(self, key_id: str, tenant: str | None = None) -> ApiKey | None:
        """Return a key of a tenant, or of any, whether it is in use or not."""
        query = select(api_keys).where(api_keys.c.id == key_id)
        if tenant is not None:
            query = query.where(api_keys.c.tenant == tenant)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else read(row)

    async def scopes(self) -> frozenset[Scope]:
        """Return what any key in use may do."""
        now = self._now()
        held = [key.scopes for key in await self.all() if key.works(now)]
        return frozenset().union(*held)

    async def revoke(
        self, key_id: str, now: datetime, by: Actor | None = None, tenant: str | None = None
    ) -> bool:
        """Revoke a key, of one tenant or of any; tell whether there was one to revoke."""
        column = api_keys.c
        change = update(api_keys).where(column.id == key_id, column.revoked_at.is_(None))
        if tenant is not None:
            change = change.where(column.tenant == tenant)
        async with self._database.write() as connection:
            gone = change.values(revoked_at=now).returning(column.tenant, column.subject)
            row = (await connection.execute(gone)).one_or_none()
            if row is None:
                return False
            await announce(connection, Topic.KEYS)
            told = {"about": key_id, "subject": row.subject}
            revoked = act(What.KEY_REVOKED, by or os_user(), now, row.tenant, **told)
            await note(connection, revoked)
        return True

    async def used(self, when: Mapping[str, datetime]) -> None:
        """Keep when keys were used last; a later moment that is known already stands."""
        column = api_keys.c
        earlier = or_(column.last_used_at.is_(None), column.last_used_at < bindparam("at"))
        change = update(api_keys).where(column.id == bindparam("key"), earlier)
        rows = [{"key": key_id, "at": at} for key_id, at in sorted(when.items())]
        async with self._database.write() as connection:
            await connection.execute(change.values(last_used_at=bindparam("at")), rows)


async def _hold(connection: AsyncConnection, key_id: str) -> None:
    """Hold the row of a key against everybody else, on any store."""
    held = update(api_keys).where(api_keys.c.id == key_id).values(id=api_keys.c.id)
    await connection.execute(held)

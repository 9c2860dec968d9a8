"""API keys: shown once, stored as their SHA-256, each with its scopes."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Select, insert, select, update
from sqlalchemy.engine import RowMapping

from dsl.errors import DrawbarError
from memory.database import FAULTS, Database, StoreError
from memory.ids import new_id
from memory.records.act import Actor, ActRecord, What, act, os_user
from memory.records.acting import note
from memory.tables import api_keys

DEFAULT_TENANT: Final = "default"


class Scope(StrEnum):
    """What a key may do; `MEANING` says it in words."""

    CHECK = "check"
    OBSERVE = "observe"
    OBSERVE_USER = "observe.user"
    ASSERT_SUBJECT = "assert.subject"
    ASSERT_CONTEXT = "assert.context"
    ASSERT_FACTS = "assert.facts"
    ASSERT_SESSION = "assert.session"
    APPROVE = "approve"
    FEEDBACK = "feedback"
    AUDIT = "audit"
    POLICY_READ = "policy:read"
    ADMIN = "admin"


MEANING: Final = {
    Scope.CHECK: "ask for decisions, and read the decisions and approvals of its own subject",
    Scope.OBSERVE: "send results, replies, and word of calls that never ran",
    Scope.OBSERVE_USER: "send what the user said",
    Scope.ASSERT_SUBJECT: "name the subject, its roles and the agent; else the key fixes them",
    Scope.ASSERT_CONTEXT: "send `context`",
    Scope.ASSERT_FACTS: "send `facts`",
    Scope.ASSERT_SESSION: "open and name a session",
    Scope.APPROVE: "see and decide the approvals of its tenant, never those that it asked for",
    Scope.FEEDBACK: "report on decisions (nothing uses it yet); never on one key with `check`",
    Scope.AUDIT: "read every decision, approval and administrative act of its tenant",
    Scope.POLICY_READ: "read the policies that were in force, which are those of all tenants",
    Scope.ADMIN: "delete any session of its tenant",
}


class ScopeError(DrawbarError):
    """A set of scopes that no key may hold."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One key as it is stored; the secret itself is not."""

    id: str
    tenant: str
    name: str
    subject: str
    agent: str | None
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None
    roles: tuple[str, ...] = ()
    trusts_not_run: bool = False  # believed when it says that an allowed call never ran


class Keys:
    """The keys of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(  # noqa: PLR0913 - all that a key is told by
        self,
        name: str,
        scopes: Iterable[Scope],
        now: datetime,
        *,
        subject: str | None = None,
        agent: str | None = None,
        roles: Iterable[str] = (),
        trusts_not_run: bool = False,
        by: Actor | None = None,
    ) -> str:
        """Store a new key and return its secret, which is not kept.

        Who it was stands in the chain; where nobody is named it is who runs this process.
        """
        granted = checked(scopes)
        if trusts_not_run and Scope.OBSERVE not in granted:
            raise ScopeError("a key that is trusted for `not_run` needs the scope `observe`")
        secret = "drw_" + secrets.token_urlsafe(32)
        key_id = new_id("k", now)
        row = {
            "id": key_id,
            "tenant": DEFAULT_TENANT,
            "name": name,
            "subject": subject or key_id,
            "agent": agent,
            "scopes": " ".join(sorted(granted)),
            "digest": digest(secret),
            "created_at": now,
            "trusts_not_run": trusts_not_run,
            "roles": json.dumps(sorted(set(roles))),
        }
        async with self._database.write() as connection:
            await connection.execute(insert(api_keys).values(row))
            await note(connection, _created(row, by or os_user()))
        return secret

    async def find(self, secret: str) -> ApiKey | None:
        """Return the key of a secret, unless it is unknown or revoked."""
        return await self._one(select(api_keys).where(api_keys.c.digest == digest(secret)))

    async def get(self, key_id: str) -> ApiKey | None:
        """Return a key by its id, unless it is unknown or revoked."""
        return await self._one(select(api_keys).where(api_keys.c.id == key_id))

    async def _one(self, query: Select[Any]) -> ApiKey | None:
        try:
            async with self._database.read() as connection:
                row = (await connection.execute(query)).mappings().one_or_none()
        except FAULTS as error:
            raise StoreError("the store cannot be asked for keys") from error
        return None if row is None or row["revoked_at"] else _key(row)

    async def all(self) -> list[ApiKey]:
        """Return every key, oldest first."""
        query = select(api_keys).order_by(api_keys.c.id)
        async with self._database.read() as connection:
            return [_key(row) for row in (await connection.execute(query)).mappings()]

    async def scopes(self) -> frozenset[Scope]:
        """Return what any key in use may do."""
        held = [key.scopes for key in await self.all() if key.revoked_at is None]
        return frozenset().union(*held)

    async def revoke(self, key_id: str, now: datetime, by: Actor | None = None) -> bool:
        """Revoke a key; tell whether there was one to revoke."""
        column = api_keys.c
        change = update(api_keys).where(column.id == key_id, column.revoked_at.is_(None))
        async with self._database.write() as connection:
            gone = change.values(revoked_at=now).returning(column.tenant, column.subject)
            row = (await connection.execute(gone)).one_or_none()
            if row is None:
                return False
            told = {"about": key_id, "subject": row.subject}
            revoked = act(What.KEY_REVOKED, by or os_user(), now, row.tenant, **told)
            await note(connection, revoked)
        return True


def checked(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """Refuse scopes that may not stand on one key."""
    granted = frozenset(scopes)
    if not granted:
        raise ScopeError("a key needs at least one scope")
    if {Scope.FEEDBACK, Scope.CHECK} <= granted:
        raise ScopeError("`feedback` and `check` never stand on one key: no agent grades itself")
    return granted


def digest(secret: str) -> str:
    """Return what is stored of a secret. It has 256 random bits, so a plain hash will do."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _created(row: Mapping[str, Any], by: Actor) -> ActRecord:
    """Return what is kept of a key that is made: all but what it is known by."""
    named = {name: row[name] for name in ("name", "agent", "trusts_not_run")}
    lists = {"scopes": row["scopes"].split(), "roles": json.loads(row["roles"])}
    told = {"about": row["id"], "subject": row["subject"], "details": {**named, **lists}}
    return act(What.KEY_CREATED, by, row["created_at"], row["tenant"], **told)


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(
        id=row["id"],
        tenant=row["tenant"],
        name=row["name"],
        subject=row["subject"],
        agent=row["agent"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"].split()),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        roles=tuple(json.loads(row["roles"])),
        trusts_not_run=row["trusts_not_run"],
    )

"""People who sign in with a password. What is stored of it is its digest alone."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select, update
from sqlalchemy.engine import RowMapping

from dsl.errors import DrawbarError
from memory.database import FAULTS, Database, StoreError, add_once
from memory.ids import new_id
from memory.key import TENANT, ApiKey
from memory.records.act import Actor, By, What, act, os_user
from memory.records.acting import note
from memory.scopes import DEFAULT_TENANT, Scope, checked
from memory.tables import people

NAME: Final = r"[\x21-\x7e]{1,128}"


class PersonError(DrawbarError):
    """Somebody who cannot be added, or is not there."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is to be added; without a subject it is the name."""

    name: str
    scopes: frozenset[Scope]
    tenant: str = DEFAULT_TENANT
    subject: str | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as they are stored."""

    id: str
    tenant: str
    name: str
    subject: str
    roles: tuple[str, ...]
    scopes: frozenset[Scope]
    password_at: datetime
    created_at: datetime
    removed_at: datetime | None
    password: str = field(repr=False)

    def key(self) -> ApiKey:
        """Return what stands for their key: what they may do here, and for whom they speak."""
        return ApiKey(
            id=self.id,
            tenant=self.tenant,
            name=self.name,
            subject=self.subject,
            agent=None,
            scopes=self.scopes,
            created_at=self.created_at,
            roles=self.roles,
        )


class People:
    """The people of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, new: NewPerson, password: str, now: datetime, by: Actor | None = None
    ) -> Person:
        """Add somebody with the digest of a password, or say why not."""
        row = _row(new, password, now)
        told = {"name": new.name, "scopes": sorted(new.scopes), "roles": sorted(new.roles)}
        about = {"about": row["id"], "subject": row["subject"], "details": told}
        async with self._database.write() as connection:
            if not await add_once(connection, people, row):
                raise PersonError(f"there is, or was, somebody named `{new.name}`")
            added = act(What.PERSON_ADDED, by or os_user(), now, new.tenant, **about)
            await note(connection, added)
        return _person(row)

    async def named(self, name: str) -> Person | None:
        """Return somebody by the name they sign in with, unless they were removed."""
        return await self._one(select(people).where(people.c.name == name))

    async def get(self, person_id: str) -> Person | None:
        """Return somebody by their id, unless they were removed."""
        return await self._one(select(people).where(people.c.id == person_id))

    async def all(self) -> list[Person]:
        """Return everybody, also who was removed, oldest first."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(people).order_by(people.c.id))).mappings()
            return [_person(row) for row in rows]

    async def any(self) -> bool:
        """Tell whether anybody can sign in with a password."""
        query = select(people.c.id).where(people.c.removed_at.is_(None)).limit(1)
        async with self._database.read() as connection:
            return (await connection.execute(query)).first() is not None

    async def remove(self, name: str, now: datetime, by: Actor | None = None) -> bool:
        """Let somebody in no more; tell whether they could come in before."""
        return await self._change(name, What.PERSON_REMOVED, now, by, removed_at=now)

    async def renew(self, name: str, password: str, now: datetime, by: Actor | None = None) -> bool:
        """Give somebody another password; who signed in with the one before is signed out."""
        fresh = {"password": password, "password_at": now}
        return await self._change(name, What.PERSON_PASSWORD, now, by, **fresh)

    async def signed_in(self, key: ApiKey, how: str, now: datetime) -> None:
        """Write down that somebody signed in; where that cannot be, nobody did."""
        by = Actor(By.PERSON, key.subject)
        told = {"about": key.id, "subject": key.subject, "details": {"how": how}}
        async with self._database.write() as connection:
            await note(connection, act(What.PERSON_SIGNED_IN, by, now, key.tenant, **told))

    async def _change(
        self, name: str, what: What, now: datetime, by: Actor | None, **values: Any
    ) -> bool:
        column = people.c
        change = update(people).where(column.name == name, column.removed_at.is_(None))
        async with self._database.write() as connection:
            done = change.values(values).returning(column.id, column.tenant, column.subject)
            row = (await connection.execute(done)).one_or_none()
            if row is None:
                return False
            told = {"about": row.id, "subject": row.subject}
            await note(connection, act(what, by or os_user(), now, row.tenant, **told))
        return True

    async def _one(self, query: Select[Any]) -> Person | None:
        try:
            async with self._database.read() as connection:
                row = (await connection.execute(query)).mappings().one_or_none()
        except FAULTS as error:
            raise StoreError("the store cannot be asked for people") from error
        return None if row is None or row["removed_at"] else _person(row)


def _row(new: NewPerson, password: str, now: datetime) -> dict[str, Any]:
    checked(new.scopes, new.tenant)
    for value in (new.name, new.subject or new.name, *new.roles):
        if re.fullmatch(NAME, value) is None:
            raise PersonError("names, subjects and roles have up to 128 visible ASCII characters")
    if re.fullmatch(TENANT, new.tenant) is None:
        raise PersonError("a tenant's name has up to 64 letters, digits, `_`, `.` and `-`")
    return {
        "id": new_id("p", now),
        "tenant": new.tenant,
        "name": new.name,
        "subject": new.subject or new.name,
        "roles": json.dumps(sorted(set(new.roles))),
        "scopes": " ".join(sorted(new.scopes)),
        "password": password,
        "password_at": now,
        "created_at": now,
        "removed_at": None,
    }


def _person(row: RowMapping | Mapping[str, Any]) -> Person:
    return Person(
        id=row["id"],
        tenant=row["tenant"],
        name=row["name"],
        subject=row["subject"],
        roles=tuple(json.loads(row["roles"])),
        scopes=frozenset(Scope(one) for one in row["scopes"].split()),
        password_at=row["password_at"],
        created_at=row["created_at"],
        removed_at=row["removed_at"],
        password=row["password"],
    )

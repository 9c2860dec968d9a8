"""The drafts of a store. Each change names the state that it changes, so none is lost.

Each is an act, in the same transaction: which state it came to, and the digest of its files.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database, add_once
from memory.ids import new_id
from memory.publishing.draft import (
    MOST_DRAFTS,
    Draft,
    DraftExists,
    DraftFault,
    NoDraft,
    StaleDraft,
    Who,
    digest_of_files,
    refuse_odd,
    refuse_odd_file,
)
from memory.records.act import Actor, By, What, act
from memory.records.acting import note
from memory.revisions.revision import File
from memory.scopes import DEFAULT_TENANT
from memory.tables import draft_files, drafts

_COLUMN: Final = drafts.c
_FILE: Final = draft_files.c


class Drafts:
    """The drafts of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, limit: int, after: str | None = None) -> list[Draft]:
        """Return drafts by their names, or those after one."""
        query = select(drafts).order_by(_COLUMN.name).limit(limit)
        if after is not None:
            query = query.where(_COLUMN.name > after)
        async with self._database.read() as connection:
            return [_draft(row) for row in (await connection.execute(query)).mappings()]

    async def get(self, name: str) -> tuple[Draft, tuple[File, ...]]:
        """Return a draft and its files as they were at one moment."""
        async with self._database.read() as connection:
            for _ in range(3):
                before = await find(connection, name)
                files = await _files(connection, name)
                # Both reads may see different moments: only equal states around them fit.
                if before.state == (await find(connection, name)).state:
                    return before, files
        raise StaleDraft(f"the draft `{name}` is being changed; read it again")

    async def get_file(self, name: str, file: str) -> tuple[Draft, File]:
        """Return one file of a draft."""
        draft, files = await self.get(name)
        found = next((one for one in files if one.name == file), None)
        if found is None:
            raise NoDraft(f"the draft `{name}` has no such file")
        return draft, found

    async def begin(
        self, name: str, files: Sequence[File], who: Who, now: datetime, based_on: str | None = None
    ) -> Draft:
        """Make a draft."""
        refuse_odd(files)
        row = {"name": name, "id": new_id("dr", now), "version": 1, "based_on": based_on}
        row |= {"created_at": now, **_changed(who, now)}
        draft = _draft(row)
        async with self._database.write() as connection:
            if not await add_once(connection, drafts, row):
                raise DraftExists(f"there is a draft `{name}` already")
            await _put_all(connection, name, files)
            number = await connection.execute(select(func.count()).select_from(drafts))
            if number.scalar_one() > MOST_DRAFTS:
                raise DraftFault(f"there are {MOST_DRAFTS} drafts already; delete one first")
            based = {} if based_on is None else {"based_on": based_on}
            await _note(connection, What.DRAFT_CREATED, draft, files, **based)
        return draft

    async def replace(
        self, name: str, state: str, files: Sequence[File], who: Who, now: datetime
    ) -> Draft:
        """Put other files in place of all that a draft has."""
        refuse_odd(files)
        async with self._database.write() as connection:
            await _changing(connection, name, state, who, now)
            await connection.execute(delete(draft_files).where(_FILE.draft == name))
            await _put_all(connection, name, files)
            return await _after(connection, name, files)

    async def put(self, name: str, state: str, file: File, who: Who, now: datetime) -> Draft:
        """Put one file into a draft."""
        refuse_odd_file(file)
        async with self._database.write() as connection:
            await _changing(connection, name, state, who, now)
            await connection.execute(_only(name, file.name))
            await _put_all(connection, name, [file])
            files = await _files(connection, name)
            refuse_odd(files)
            return await _after(connection, name, files, put=file.name)

    async def remove(self, name: str, state: str, file: str, who: Who, now: datetime) -> Draft:
        """Take one file out of a draft."""
        async with self._database.write() as connection:
            await _changing(connection, name, state, who, now)
            if (await connection.execute(_only(name, file))).rowcount == 0:
                raise NoDraft(f"the draft `{name}` has no such file")
            files = await _files(connection, name)
            return await _after(connection, name, files, removed=file)

    async def delete(self, name: str, state: str, who: Who, now: datetime) -> None:
        """Delete a draft and its files."""
        async with self._database.write() as connection:
            await _changing(connection, name, state, who, now)  # held, and who deletes it is known
            draft, files = await find(connection, name), await _files(connection, name)
            await connection.execute(delete(draft_files).where(_FILE.draft == name))
            await connection.execute(delete(drafts).where(_COLUMN.name == name))
            await _note(connection, What.DRAFT_DELETED, draft, files)


async def find(connection: AsyncConnection, name: str) -> Draft:
    """Return a draft, or raise."""
    row = (await connection.execute(select(drafts).where(_COLUMN.name == name))).mappings().first()
    if row is None:
        raise NoDraft(f"there is no draft `{name}`")
    return _draft(row)


async def hold(
    connection: AsyncConnection, name: str, state: str, changed: dict[str, Any] | None = None
) -> None:
    """Hold a draft against everybody else until the transaction ends, if it is in this state."""
    draft_id, _, version = state.rpartition(".")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else -1  # noqa: PLR2004
    mine = (_COLUMN.name == name, _COLUMN.id == draft_id, _COLUMN.version == number)
    held = update(drafts).where(*mine).values(changed or {"version": _COLUMN.version})
    if (await connection.execute(held)).rowcount == 0:
        await find(connection, name)
        raise StaleDraft(f"the draft `{name}` was changed meanwhile; read it again")


async def _changing(
    connection: AsyncConnection, name: str, state: str, who: Who, now: datetime
) -> None:
    changed = {"version": _COLUMN.version + 1, **_changed(who, now)}
    await hold(connection, name, state, changed)


async def _after(
    connection: AsyncConnection, name: str, files: Sequence[File], **more: str
) -> Draft:
    """Return a draft as it is after a change, and let the change be an act."""
    draft = await find(connection, name)
    await _note(connection, What.DRAFT_CHANGED, draft, files, **more)
    return draft


async def _note(
    connection: AsyncConnection, what: What, draft: Draft, files: Sequence[File], **more: str
) -> None:
    """Let what its author did to a draft be an act."""
    told = {"state": draft.state, "files": len(files), "digest": digest_of_files(files), **more}
    by, whose = Actor(By.API_KEY, draft.changed_key), draft.changed_by
    named: dict[str, Any] = {"about": draft.name, "subject": whose, "details": told}
    await note(connection, act(what, by, draft.changed_at, DEFAULT_TENANT, **named))


def _changed(who: Who, now: datetime) -> dict[str, Any]:
    return {"changed_at": now, "changed_by": who.subject, "changed_key": who.key}


def _only(name: str, file: str) -> Any:
    return delete(draft_files).where(_FILE.draft == name, _FILE.name == file)


async def _put_all(connection: AsyncConnection, name: str, files: Sequence[File]) -> None:
    if files:
        rows = [{"draft": name, "name": one.name, "text": one.text} for one in files]
        await connection.execute(insert(draft_files), rows)


async def _files(connection: AsyncConnection, name: str) -> tuple[File, ...]:
    query = select(_FILE.name, _FILE.text).where(_FILE.draft == name)
    rows = (await connection.execute(query)).all()
    return tuple(sorted((File(row.name, row.text) for row in rows), key=lambda one: one.name))


def _draft(row: RowMapping | dict[str, Any]) -> Draft:
    return Draft(**{name: row[name] for name in Draft.__slots__})

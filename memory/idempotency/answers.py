"""Keeps what was answered to a request, sealed, for whoever sends it again."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, select, update
from sqlalchemy.sql import ColumnElement

from memory.database import Database, add_once
from memory.sealing import Sealer
from memory.tables.idempotency import idempotency as table

KEPT: Final = timedelta(hours=24)
PURPOSE: Final = "answers to requests that are done once"


@dataclass(frozen=True, slots=True)
class Place:
    """Whose request it is, and what that key calls it."""

    tenant: str
    key_id: str
    name: str

    def __str__(self) -> str:
        return json.dumps([self.tenant, self.key_id, self.name])


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a request that was sent before."""

    asked: str
    status: int | None  # None: nothing was answered yet, or nobody knows what
    answer: Answer | None  # None beside a status: it may be shown once only


class Answers:
    """The answers of the last day, in the store."""

    def __init__(self, database: Database, root: bytes) -> None:
        self._database = database
        self._sealer = Sealer(root, PURPOSE)

    async def claim(self, place: Place, asked: str, now: datetime) -> Held | None:
        """Note that a request is being done, or return what is known of it."""
        row = {**_key(place), "asked": asked, "at": now}
        async with self._database.write() as connection:
            await connection.execute(delete(table).where(_is(place), table.c.at <= now - KEPT))
            if await add_once(connection, table, row):
                return None
            found = (await connection.execute(select(table).where(_is(place)))).one_or_none()
        if found is None:  # let go of between the two; whoever asks tries again
            return Held(asked, None, None)
        return self._held(place, found)

    async def keep(self, place: Place, answer: Answer, *, shown_once: bool) -> None:
        """Keep what was answered; of what may be shown once, only that it was."""
        told = json.dumps([answer.status, answer.headers, answer.body.decode()]).encode()
        sealed = None if shown_once else self._sealer.seal(told, str(place))
        row = {"status": answer.status, "sealed": sealed}
        async with self._database.write() as connection:
            await connection.execute(update(table).where(_is(place)).values(row))

    async def release(self, place: Place) -> None:
        """Forget a request that was refused: nothing was done."""
        async with self._database.write() as connection:
            await connection.execute(delete(table).where(_is(place), table.c.status.is_(None)))

    async def sweep(self, now: datetime) -> None:
        """Delete what is older than a day."""
        async with self._database.write() as connection:
            await connection.execute(delete(table).where(table.c.at <= now - KEPT))

    def _held(self, place: Place, row: Any) -> Held:
        if row.sealed is None:
            return Held(row.asked, row.status, None)
        status, headers, body = json.loads(self._sealer.open(row.sealed, str(place)))
        pairs = tuple((name, value) for name, value in headers)
        return Held(row.asked, row.status, Answer(status, pairs, body.encode()))


def _key(place: Place) -> dict[str, str]:
    return {"tenant": place.tenant, "key_id": place.key_id, "name": place.name}


def _is(place: Place) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in _key(place).items()))

"""Sessions in the database, beside the records of decisions."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import TURNS, Database
from memory.records.steps import Along
from memory.sessions import events
from memory.sessions.events import BESIDE, Event, Kind
from memory.sessions.following import Lately
from memory.sessions.locks import hold_in_store
from memory.sessions.sealed import Sealed
from memory.sessions.session import Owner
from memory.sessions.store import Kept, Numbered, Opened, Place, Row, Stored, Whose
from memory.tables import session_events, sessions

_AT_ONCE: Final = 500
MOST_ACTIVE: Final = 1_000  # sessions of one subject and agent that are told of
_EVENT: Final = session_events.c
_TAKES: Final = func.length(_EVENT.body) + BESIDE


class SqlStore:
    """Keeps sessions in SQLite for one gateway, or in PostgreSQL for several."""

    def __init__(self, database: Database, sealed: Sealed) -> None:
        self._database = database
        self._sealed = sealed
        # Fewer than there are connections: one that waits for its turn among several gateways
        # holds a connection, and the record it will wait for must find one as well.
        self._turns = asyncio.Semaphore(TURNS)

    @property
    def shared(self) -> bool:
        """Tell whether other gateways may write to the same database."""
        return self._database.shared

    def with_records(self, names: Sequence[str]) -> bool:
        """Tell that one gateway needs no transaction of its own, nor who holds nothing."""
        return not names or not self.shared

    @asynccontextmanager
    async def read(self) -> AsyncIterator["SqlTurn"]:
        """Read on a connection."""
        async with self._database.read() as connection:
            yield SqlTurn(connection, self._sealed)

    @asynccontextmanager
    async def hold(self, names: Sequence[str]) -> AsyncIterator["SqlTurn"]:
        """Hold the locks in a transaction; what was stored in it counts once it is committed."""
        async with self._turns, self._database.write() as connection:
            if self.shared:
                await hold_in_store(connection, names)
            yield SqlTurn(connection, self._sealed)

    async def answers(self) -> bool:
        """Tell nothing of the database, which is asked beside."""
        return True

    async def close(self) -> None:
        """Leave the database to whoever opened it."""


class SqlTurn:
    """Reads and stores on one connection."""

    def __init__(self, connection: AsyncConnection, sealed: Sealed) -> None:
        self._connection = connection
        self._sealed = sealed

    async def find(self, tenant: str, name: str) -> Opened | None:
        """Return a session that was opened."""
        column = sessions.c
        query = select(sessions).where(column.tenant == tenant, column.id == name)
        row = (await self._connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        owner = Owner(tenant, row["subject"], row["agent"])
        return Opened(owner, row["opened_at"], row["closed_at"])

    async def lately(self, owner: Owner, most: int) -> list[Lately]:
        """Return the sessions that somebody opened last, the newest first."""
        newest = _opened(owner).order_by(sessions.c.opened_at.desc(), sessions.c.id.desc())
        return await self._last_in(owner.tenant, newest.limit(most))

    async def active(self, owner: Owner, since: datetime) -> list[Lately]:
        """Return the sessions of somebody in which something happened from a time on."""
        happened = select(_EVENT.session).where(
            _EVENT.tenant == owner.tenant,
            _EVENT.subject == owner.subject,
            _EVENT.agent == owner.agent,
            _EVENT.at >= since,
        )
        lately = or_(sessions.c.opened_at >= since, sessions.c.id.in_(happened))
        return await self._last_in(owner.tenant, _opened(owner).where(lately).limit(MOST_ACTIVE))

    async def _last_in(self, tenant: str, which: Select[Any]) -> list[Lately]:
        """Return sessions, and when something happened in them last."""
        opened = (await self._connection.execute(which)).all()
        wanted = _EVENT.tenant == tenant, _EVENT.session.in_([row.id for row in opened])
        last = select(_EVENT.session, func.max(_EVENT.at).label("at")).where(*wanted)
        last = last.group_by(_EVENT.session)
        at = {row.session: row.at for row in await self._connection.execute(last)}
        return [
            Lately(name, since, max(since, at.get(name, since)), closed is not None)
            for name, since, closed in opened
        ]

    async def weight(self, tenant: str, name: str) -> int:
        """Return how many bytes it takes to know a session."""
        query = select(func.coalesce(func.sum(_TAKES), 0)).where(*_of(tenant, name))
        return int((await self._connection.execute(query)).scalar_one())

    async def last(self) -> Event | None:
        """Return what happened last in any session."""
        query = select(session_events).order_by(_EVENT.number.desc()).limit(1)
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return None if row is None else (await self._sealed.events([row]))[0]

    async def events(self, tenant: str, name: str, after: int) -> list[Numbered]:
        """Return what happened in a session, from an event on."""
        query = select(session_events).where(*_of(tenant, name), _EVENT.number > after)
        return await self._numbered(query)

    async def narrowings(self, tenant: str, name: str) -> list[Numbered]:
        """Return the rules that were added to a session."""
        query = select(session_events).where(*_of(tenant, name), _EVENT.kind == Kind.NARROWED)
        return await self._numbered(query)

    async def weights(self, whose: Whose, since: datetime, most: int) -> tuple[int, int]:
        """Return how many events tell of the calls of a window, and what knowing them takes."""
        takes = _TAKES.label("takes")
        some = select(takes).where(*_window(whose, since)).limit(most + 1).subquery()
        query = select(func.count(), func.coalesce(func.sum(some.c.takes), 0)).select_from(some)
        number, weight = (await self._connection.execute(query)).one()
        return int(number), int(weight)

    async def places(self, whose: Whose, since: datetime, above: int) -> list[Place]:
        """Return which events tell of the calls of a window, with numbers above one."""
        query = select(_EVENT.number, _EVENT.session)
        query = query.where(*_window(whose, since), _EVENT.number > above)
        rows = (await self._connection.execute(query.order_by(_EVENT.number))).all()
        return [Place(number, session) for number, session in rows]

    async def stored(self, tenant: str, places: Sequence[Place]) -> AsyncIterator[Stored]:
        """Yield events by where they stand, in the order of their numbers."""
        for at in range(0, len(places), _AT_ONCE):
            wanted = _EVENT.number.in_([one.number for one in places[at : at + _AT_ONCE]])
            query = select(session_events).where(wanted).order_by(_EVENT.number)
            rows = (await self._connection.execute(query)).mappings().all()
            for row, event in zip(rows, await self._sealed.events(rows), strict=True):
                yield Stored(row["number"], row["session"], event)

    async def store(self, kept: Kept) -> None:
        """Store what happened in the transaction that holds the locks."""
        await kept.store(self._connection)

    async def close(
        self,
        tenant: str,
        name: str,
        at: datetime,
        left: Sequence[tuple[int | None, Row]],
        along: Along,
    ) -> None:
        """Keep what is left of a session in the transaction that holds the locks."""
        column = sessions.c
        of_session = column.tenant == tenant, column.id == name, column.closed_at.is_(None)
        await self._connection.execute(update(sessions).where(*of_session).values(closed_at=at))
        known = [{"of": number, "left": row["body"]} for number, row in left if number is not None]
        # Of calls that nobody can open any more it stays that there were some, and no result.
        stays = [one for one in events.COUNTED if known or one is not Kind.CAME]
        gone = _EVENT.kind.not_in(stays)
        await self._connection.execute(delete(session_events).where(*_of(tenant, name), gone))
        if known:
            change = update(session_events).where(_EVENT.number == bindparam("of"))
            await self._connection.execute(change.values(body=bindparam("left")), known)
        fresh = [row for number, row in left if number is None]
        if fresh:
            await self._connection.execute(insert(session_events), fresh)
        await along.take(self._connection)

    async def _numbered(self, query: Select[Any]) -> list[Numbered]:
        rows = (await self._connection.execute(query.order_by(_EVENT.number))).mappings().all()
        events = await self._sealed.events(rows)
        return [(row["number"], event) for row, event in zip(rows, events, strict=True)]


def _opened(owner: Owner) -> Select[Any]:
    column = sessions.c
    return select(column.id, column.opened_at, column.closed_at).where(
        column.tenant == owner.tenant,
        column.subject == owner.subject,
        column.agent == owner.agent,
    )


def _of(tenant: str, name: str) -> tuple[Any, ...]:
    return _EVENT.tenant == tenant, _EVENT.session == name


def _window(whose: Whose, since: datetime) -> list[Any]:
    """Select what happened to calls from a time on."""
    wanted = [_EVENT.tenant == whose.tenant, _EVENT.at >= since, _EVENT.kind != Kind.SAID]
    if whose.per == "subject":
        wanted.append(_EVENT.subject == whose.name)
    elif whose.per == "agent":
        wanted.append(_EVENT.agent == whose.name)
    return wanted

"""Opens the store of sessions, and sees that it is the one in which they were kept before.

Whoever counted from nothing in another store would let through what was counted before. So the
database knows where its sessions are, and only a person can say that they shall begin anew.
"""

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from memory.database import Database, StoreError
from memory.keys import DEFAULT_TENANT
from memory.records.act import Actor, What, act
from memory.records.acting import note
from memory.sessions.in_sql import SqlStore
from memory.sessions.sealed import Sealed
from memory.sessions.store import NotKept, SessionStore
from memory.tables import session_events, session_places, sessions

if TYPE_CHECKING:
    from memory.sessions.in_redis.server import Server

_REDIS: Final = "redis"
_ANEW: Final = "`drawbar sessions anew` gives up what is known of sessions"


class _Place(NamedTuple):
    """Where sessions are kept outside the database, and how far they were at least."""

    store: str
    number: int


async def open_sessions(database: Database, url: str | None, sealed: Sealed) -> SessionStore:
    """Return the store of sessions: a Redis at an address, or the database."""
    if url is not None:
        return await _in_redis(database, url, sealed)
    if await _place(database) is not None:
        raise StoreError(f"sessions are kept in Redis; name it in `session_store`, or {_ANEW}")
    return SqlStore(database, sealed)


async def begin_anew(database: Database, url: str | None, by: Actor, now: datetime) -> None:
    """Forget all sessions, wherever they are, and keep them from now on where the address says.

    Who did so is recorded first: with those in the database, and before those in Redis are gone.
    """
    async with AsyncExitStack() as closing:
        server = None if url is None else await _server(url, closing)
        async with database.write() as connection:
            for table in (session_places, session_events, sessions):
                await connection.execute(delete(table))
            where = {"kept_in": "database" if url is None else _REDIS}
            await note(connection, act(What.SESSIONS_ANEW, by, now, DEFAULT_TENANT, details=where))
        if server is not None:
            with _in_words(server):
                await server.clear()
                await _meet(database, server)


async def _in_redis(database: Database, url: str, sealed: Sealed) -> SessionStore:
    async with AsyncExitStack() as closing:
        server = await _server(url, closing)
        from memory.sessions.in_redis.store import RedisStore  # noqa: PLC0415 - an extra

        with _in_words(server):
            await _meet(database, server)
        closing.pop_all()
    return RedisStore(server, sealed, partial(_note, database, server.store))


async def _server(url: str, closing: AsyncExitStack) -> "Server":
    """Speak to a server that can be relied on."""
    try:
        from memory.sessions.in_redis.server import Server  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise StoreError("`session_store` needs the extra `redis`") from error
    server = Server(url)
    closing.push_async_callback(server.close)
    await server.fit()
    return server


@contextmanager
def _in_words(server: "Server") -> Iterator[None]:
    """Tell a fault at the start in one sentence."""
    try:
        yield
    except NotKept as error:
        raise StoreError(f"the sessions at {server.shown} cannot be used: {error}") from error


async def _meet(database: Database, server: "Server") -> None:
    """See that the server holds what this database was told that it holds."""
    place = await _place(database) or await _first_time(database, server)
    store, number = await server.mark()
    if store != place.store or number < place.number:
        raise StoreError(
            f"the sessions at {server.shown} are not those that were kept there: they were lost,"
            f" or are older, or another store's; put them back, or {_ANEW}"
        )
    server.store, server.known = place.store, number


async def _first_time(database: Database, server: "Server") -> _Place:
    """Begin to keep sessions in Redis, where none were kept before."""
    async with database.read() as connection:
        known = (await connection.execute(select(session_events.c.number).limit(1))).first()
    if known is not None:
        raise StoreError(f"sessions are kept in the database so far; {_ANEW}")
    store, number = await server.claim(uuid4().hex)
    if number:
        raise StoreError(f"{server.shown} holds the sessions of another store; name another one")
    row = {"kind": _REDIS, "store": store, "number": 0}
    try:
        async with database.write() as connection:
            await connection.execute(insert(session_places), row)
    except IntegrityError:  # another gateway was first
        return await _place(database) or _Place(store, 0)
    return _Place(store, 0)


async def _place(database: Database) -> _Place | None:
    query = select(session_places.c.store, session_places.c.number)
    async with database.read() as connection:
        row = (await connection.execute(query.where(session_places.c.kind == _REDIS))).first()
    return None if row is None else _Place(row.store, row.number)


async def _note(database: Database, store: str, number: int) -> None:
    """Remember how far the sessions are."""
    of = session_places.c
    behind = of.store == store, of.number < number
    async with database.write() as connection:
        await connection.execute(update(session_places).where(*behind).values(number=number))

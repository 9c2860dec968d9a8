"""The stores that sessions are kept in: every law of theirs is held to each of them."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from memory.database import sqlite_url
from memory.sealing import Sealer
from memory.sessions.events import Event
from memory.sessions.in_redis.server import Server
from memory.sessions.in_redis.store import RedisStore
from memory.sessions.in_sql import SqlStore
from memory.sessions.opening import open_sessions
from memory.sessions.sealed import Sealed
from memory.sessions.session import Owner
from memory.sessions.sessions import Sessions, Turn
from memory.sessions.store import Kept, SessionStore
from memory.tables import session_events
from memory.tables import sessions as opened
from tests.memory.conftest import Store, new_database
from tests.memory.redis_process import RedisProcess, one_redis, redis

__all__ = ("one_redis", "redis")

KEY = b"k" * 32


class SessionsIn(Store):
    """Sessions in a database, and the gateways on it."""

    @property
    def shared(self) -> bool:
        """Tell whether several gateways may stand on it."""
        return self.database.shared

    def gateway(self, key: bytes = KEY, idle: timedelta = timedelta(hours=1)) -> Sessions:
        """Return the sessions of one more gateway."""
        sealed = Sealed(Sealer(key, "t"))
        return Sessions(self.kept(sealed), sealed, idle)

    def kept(self, sealed: Sealed) -> SessionStore:
        """Return the store as one gateway has it."""
        return SqlStore(self.database, sealed)

    async def keep(self, sessions: Sessions, turn: Turn) -> None:
        """Store what is left of a turn, as a gateway does with its record."""
        if left := sessions.left(turn):
            async with self.database.write() as connection:
                await left.store(connection)

    async def put(self, owner: Owner, name: str, happened: Sequence[Event]) -> None:
        """Store events behind the back of every gateway."""
        rows = Sealed(Sealer(KEY, "t")).rows(owner, name, happened)
        async with self.database.write() as connection:
            await connection.execute(insert(session_events), rows)

    async def counted(self) -> tuple[int, int]:
        """Return how many sessions and events there are."""
        async with self.database.read() as connection:
            counts = [
                (await connection.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (opened, session_events)
            ]
        return counts[0], counts[1]


class SessionsInRedis(SessionsIn):
    """Sessions in a Redis, whose place an SQLite knows."""

    def __init__(self, url: str, redis: RedisProcess) -> None:
        super().__init__(url)
        self.redis = redis
        first = self.run(open_sessions(self.database, redis.url, Sealed(Sealer(KEY, "t"))))
        assert isinstance(first, RedisStore)
        self._opened = [first]

    @property
    def shared(self) -> bool:
        """Tell that several gateways may stand on it."""
        return True

    def kept(self, sealed: Sealed) -> SessionStore:
        """Return the store as one gateway has it."""
        server = Server(self.redis.url)
        server.store = self._opened[0].server.store
        made = RedisStore(server, sealed, self._opened[0]._note)
        self._opened.append(made)
        return made

    async def put(self, owner: Owner, name: str, happened: Sequence[Event]) -> None:
        """Store events as another gateway does, whose session does not look at them."""
        sealed = Sealed(Sealer(KEY, "t"))
        async with self.kept(sealed).hold([]) as turn:
            await turn.store(Kept(events=sealed.rows(owner, name, happened)))

    async def counted(self) -> tuple[int, int]:
        """Return how many sessions and events there are."""
        found = self.redis.client().hgetall("drawbar:index")
        opened = sum(key.startswith(b"opened ") for key in found)
        return opened, int(found.get(b"number", 0))

    def close(self) -> None:
        """Close what was opened."""
        for one in self._opened:
            with suppress(OSError):  # some tests leave no Redis
                self.run(one.close())
        super().close()


@pytest.fixture(params=["sqlite", "postgres", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SessionsIn]:
    """Return an empty store of each kind."""
    made: SessionsIn
    if request.param == "sqlite":
        made = SessionsIn(sqlite_url(tmp_path))
    elif request.param == "redis":
        made = SessionsInRedis(sqlite_url(tmp_path), request.getfixturevalue("redis"))
    else:
        made = SessionsIn(new_database(request.getfixturevalue("postgres")))
    yield made
    made.close()


@pytest.fixture
def in_redis(redis: RedisProcess, tmp_path: Path) -> Iterator[SessionsInRedis]:
    """Return an empty Redis, for what only it can do."""
    made = SessionsInRedis(sqlite_url(tmp_path), redis)
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgres"])
def in_sql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SessionsIn]:
    """Return an empty database of each kind, for what only a database can do."""
    in_files = request.param == "sqlite"
    url = sqlite_url(tmp_path) if in_files else new_database(request.getfixturevalue("postgres"))
    made = SessionsIn(url)
    yield made
    made.close()


@pytest.fixture
def in_postgres(postgres: Any) -> Iterator[SessionsIn]:
    """Return an empty PostgreSQL, for what only a database can do."""
    made = SessionsIn(new_database(postgres))
    yield made
    made.close()

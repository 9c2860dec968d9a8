"""The stores that memory's tests run on: SQLite, and a real PostgreSQL."""

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import make_url

from memory.database import Database, sqlite_url
from tests.stores import postgres_store, sqlite_store

T = TypeVar("T")


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

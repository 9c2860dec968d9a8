"""Stores that are migrated already: the migrations run once a process, and tests copy."""

import asyncio
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from memory.database import STORE, Database, sqlite_url

TEMPLATE: Final = "migrated"


async def migrate(url: str) -> None:
    """Bring a store to the newest schema, by the migrations themselves."""
    database = Database(url)
    try:
        await database.migrate()
    finally:
        await database.close()


def sqlite_store(folder: Path) -> str:
    """Put a migrated SQLite store into a folder, unless one is there, and return its address."""
    if not (folder / STORE).exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / STORE).write_bytes(_file())
    return sqlite_url(folder)


@cache
def _file() -> bytes:
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(migrate(sqlite_url(Path(made))))
        return (Path(made) / STORE).read_bytes()


def empty_postgres(server: Any) -> str:
    """Create a PostgreSQL database without a schema and return its address."""
    return _create(server, f"t{uuid4().hex}")


def postgres_store(server: Any) -> str:
    """Create a migrated PostgreSQL database and return its address."""
    if TEMPLATE not in server.psql("SELECT datname FROM pg_database;"):
        asyncio.run(migrate(_create(server, TEMPLATE)))
    return _create(server, f"t{uuid4().hex}", f"TEMPLATE {TEMPLATE}")


def _create(server: Any, name: str, like: str = "") -> str:
    server.psql(f"CREATE DATABASE {name} {like};")
    return f"postgresql+asyncpg://postgres@/{name}?host={server.pgdata}"

"""The store beside a gateway, opened for a command that reads what is sealed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from memory.database import Database
    from memory.evidence.vault import Vault
    from memory.sessions.store import Reading

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Beside:
    """A store, the keys of what is sealed in it, and what happened in sessions."""

    database: "Database"
    vault: "Vault"
    sessions: "Reading"


@asynccontextmanager
async def reading(data: Path | None) -> AsyncIterator[Beside]:
    """Open the store that the settings name."""
    from app import settings
    from app.data_folder import digest_key
    from app.places import open_database, session_store
    from memory.evidence.master import FileMaster
    from memory.evidence.vault import Vault
    from memory.sessions.opening import open_sessions
    from memory.sessions.sealed import SealedByVault

    found = settings.load({"data": data})
    database = open_database(found, create=False)
    try:
        await database.migrate()
        vault = Vault(database, FileMaster(digest_key(found.data, create=False)))
        store = await open_sessions(database, session_store(found), SealedByVault(vault))
        async with store.read() as sessions:
            yield Beside(database, vault, sessions)
        await store.close()
    finally:
        await database.close()


async def beside(
    data: Path | None, work: "Callable[[Database], Awaitable[T]]", *, create: bool = False
) -> T:
    """Do some work on the store that the settings name, where nothing sealed is read."""
    from app import settings
    from app.places import open_database

    database = open_database(settings.load({"data": data}), create=create)
    try:
        await database.migrate()
        return await work(database)
    finally:
        await database.close()

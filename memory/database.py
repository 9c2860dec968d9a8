"""Opens the database, and brings its schema up to date."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, event, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from dsl.errors import DrawbarError
from memory import migrating
from memory.inserting import inserting
from memory.tables import records

FAULTS: Final = (SQLAlchemyError, sqlite3.Error, OSError)
STORE: Final = "drawbar.db"
ANSWER_S: Final = 2.0
CONNECTIONS: Final = 17  # to a PostgreSQL; kept open, as each costs it a process to start
TURNS: Final = 12  # of them that decisions may hold; the others read, store records, and listen
CONNECT_S: Final = 5.0
PRAGMAS: Final = (
    *("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON"),
    "secure_delete=ON",  # what is deleted is overwritten
)
EMPTY_TRIES: Final = 5
EMPTY_S: Final = 0.2


class StoreError(DrawbarError):
    """The store cannot be opened, read or written."""


class Database:
    """One database and its connections."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: AsyncEngine = _engine(url)
        self._file: tuple[int, int] | None = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Hold a connection for reading."""
        self._still_there()
        async with self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Hold a transaction: committed at the end, rolled back by any fault."""
        self._still_there()
        async with self.engine.begin() as connection:
            yield connection

    def _still_there(self) -> None:
        """Refuse an SQLite file that was removed or replaced: what is written to it is lost."""
        if self._file is not None and self._file != _identity(self.engine.url):
            raise OSError("the store's file was removed or replaced")

    async def migrate(self) -> None:
        """Bring the schema to the newest revision."""
        try:
            await asyncio.to_thread(_probe, self.engine.url)
            async with self.engine.begin() as connection:
                await connection.run_sync(migrating.upgrade)
            self._file = _identity(self.engine.url)
        except (*FAULTS, migrating.SchemaError) as error:
            raise StoreError(
                f"the store at {self.shown} cannot be used: {_first(error)}"
            ) from error

    async def answers(self) -> bool:
        """Tell whether the store can be asked right now."""
        try:
            async with asyncio.timeout(ANSWER_S), self.read() as connection:
                await connection.execute(select(records.c.id).limit(1))
        except (*FAULTS, TimeoutError):
            return False
        return True

    async def scrub(self, table: str) -> bool:
        """Let nothing that was overwritten or deleted stay in the store's own files, if it may.

        SQLite overwrites what is deleted (`secure_delete`), but its write-ahead file holds copies
        until it is emptied; PostgreSQL keeps old rows until a table is written anew.
        """
        async with self.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            if self.shared:
                return await _rewritten(connection, table)
            for _ in range(EMPTY_TRIES):
                row = await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                if row.one()[0] == 0:  # nobody was in the way
                    return True
                await asyncio.sleep(EMPTY_S)
        return False

    @property
    def shown(self) -> str:
        """Return the address without its password, which may also stand behind the `?`."""
        return make_url(self.url).set(query={}).render_as_string(hide_password=True)

    @property
    def shared(self) -> bool:
        """Tell whether other gateways may write to the same store."""
        return self.engine.dialect.name != "sqlite"

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def sqlite_url(folder: Path) -> str:
    """Return the address of the embedded store in a folder."""
    return f"sqlite+aiosqlite:///{folder / STORE}"


def _engine(url: str) -> AsyncEngine:
    try:
        engine = create_async_engine(url, hide_parameters=True, **_pool(make_url(url)))
    except (SQLAlchemyError, ModuleNotFoundError) as error:
        raise StoreError(f"the store's address cannot be used: {_first(error)}") from error
    except ValueError:  # its words may hold a part of the password
        raise StoreError("the store's address cannot be used: it is not a URL") from None
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _durable)
        event.listen(engine.sync_engine, "invalidate", _rolled_back)
    return engine


def _pool(url: URL) -> dict[str, Any]:
    """Return how many connections there may be, and how long one may take to come about."""
    if url.get_backend_name() == "sqlite":
        return {}
    patience = {"timeout": CONNECT_S} if url.get_driver_name() == "asyncpg" else {}
    return {"pool_size": CONNECTIONS, "max_overflow": 0, "connect_args": patience}


def _durable(connection: Any, _record: object) -> None:
    """Make SQLite keep what it acknowledged, also through a power cut."""
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _rolled_back(connection: Any, _record: object, _error: object) -> None:
    """Roll back before an SQLite connection is closed on which a request was given up.

    Where anybody still holds a cursor of it, and be it the trace of a fault, SQLite closes it
    later, and until then the store would stay locked for everybody.
    """
    with suppress(asyncio.CancelledError, *FAULTS):  # it was sent, and goes through all the same
        connection.rollback()


def _probe(url: URL) -> None:
    """Open an SQLite file once by hand: aiosqlite leaves a thread behind where that fails."""
    if url.get_backend_name() == "sqlite" and url.database:
        with closing(sqlite3.connect(url.database)) as connection:
            connection.execute("PRAGMA schema_version")


async def _rewritten(connection: AsyncConnection, table: str) -> bool:
    """Write a table anew without its old rows, unless others hold on to it."""
    try:
        await connection.exec_driver_sql("SET lock_timeout = '5s'")
        await connection.exec_driver_sql(f'VACUUM FULL "{table}"')
    except SQLAlchemyError:
        return False
    finally:
        await connection.exec_driver_sql("RESET lock_timeout")
    return True


def _identity(url: URL) -> tuple[int, int] | None:
    """Return which file an SQLite store is; None for other stores."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    found = Path(url.database).stat()
    return found.st_dev, found.st_ino


def _first(error: BaseException) -> str:
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


async def add_once(connection: AsyncConnection, table: Table, row: Mapping[str, Any]) -> bool:
    """Add a row if none with its key is there; tell whether it was added."""
    added = await connection.execute(
        inserting(connection, table).values(row).on_conflict_do_nothing()
    )
    return added.rowcount == 1

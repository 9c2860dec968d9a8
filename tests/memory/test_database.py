"""The store: migrations, durability, and one plain sentence for every fault."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from memory import migrating
from memory.database import STORE, Database, StoreError, sqlite_url
from memory.tables import metadata
from tests.memory.conftest import Store
from tests.stores import migrate


def test_the_migrations_leave_the_tables_that_the_code_declares(store: Store) -> None:
    """Nothing differs between the migrated schema and `tables`."""

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async def work() -> list[object]:
        async with store.database.read() as connection:
            return await connection.run_sync(differences)

    assert store.run(work()) == []


def test_migrating_twice_changes_nothing(store: Store) -> None:
    """Every start migrates, so a second time must be harmless."""
    store.run(store.database.migrate())


def test_sqlite_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """The embedded store writes ahead and syncs in full."""
    store = Store(sqlite_url(tmp_path))

    async def pragma(name: str) -> object:
        async with store.database.read() as connection:
            return (await connection.execute(text(f"PRAGMA {name}"))).scalar()

    assert store.run(pragma("journal_mode")) == "wal"
    assert store.run(pragma("synchronous")) == 2
    store.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite:////nonexistent/folder/x.db",
        "postgresql+asyncpg://postgres@127.0.0.1:1/x",
        "nonsense",
        "postgresql+nodriver://h/d",
    ],
)
def test_a_store_that_cannot_be_opened_is_one_sentence(url: str) -> None:
    """A fault of the store is explained without a traceback."""

    async def work() -> None:
        database = Database(url)
        try:
            await database.migrate()
        finally:
            await database.close()

    with pytest.raises(StoreError, match="cannot be used"):
        asyncio.run(work())


def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    """A damaged store is refused, not overwritten."""
    (tmp_path / "drawbar.db").write_bytes(b"this is not a database" * 100)

    async def work() -> None:
        database = Database(sqlite_url(tmp_path))
        try:
            await database.migrate()
        finally:
            await database.close()

    with pytest.raises(StoreError, match="not a database"):
        asyncio.run(work())
    assert (tmp_path / "drawbar.db").read_bytes().startswith(b"this is not")


def test_a_store_of_a_newer_drawbar_is_refused(store: Store) -> None:
    """An unknown schema revision stops the start: an older version would write wrong rows."""

    async def work() -> None:
        async with store.database.write() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await store.database.migrate()

    with pytest.raises(StoreError, match="9999"):
        store.run(work())


@pytest.mark.parametrize("query", ["", "?password=hunter2", "?ssl=hunter2"])
def test_a_password_is_not_shown(query: str) -> None:
    """The address in an error hides the password, wherever it stands."""
    shown = Database(f"postgresql+asyncpg://u:hunter2@127.0.0.1:1/x{query}").shown

    assert "hunter2" not in shown
    assert "127.0.0.1" in shown


@pytest.mark.parametrize("url", ["postgresql+asyncpg://u:p@hunter2:x@h/d", "postgresql://h:port/d"])
def test_an_address_that_is_no_url_is_one_sentence_without_its_words(url: str) -> None:
    """A password that breaks the address is not printed with it."""
    with pytest.raises(StoreError) as caught:
        Database(url)

    assert "hunter2" not in str(caught.value)


def test_a_removed_file_is_noticed(tmp_path: Path) -> None:
    """SQLite goes on writing to a file that was removed; we do not call that stored."""
    store = Store(sqlite_url(tmp_path))

    async def write() -> None:
        async with store.database.write() as connection:
            await connection.execute(text("UPDATE api_keys SET name = name"))

    store.run(write())
    assert store.run(store.database.answers()) is True
    for file in tmp_path.iterdir():
        file.unlink()
    with pytest.raises(OSError, match="drawbar"):
        store.run(write())
    assert store.run(store.database.answers()) is False
    store.close()


def test_the_newest_revision_is_told_by_the_names_of_files() -> None:
    """Whether there is something to migrate is seen without Alembic, and Alembic agrees."""
    config = Config()
    config.set_main_option("script_location", str(migrating.folder()).replace("%", "%%"))

    assert ScriptDirectory.from_config(config).get_current_head() == migrating.newest()


def test_a_store_that_is_up_to_date_is_not_migrated(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start on a current store asks Alembic nothing; one revision behind, it does."""
    asked: list[str] = []
    monkeypatch.setattr(command, "upgrade", lambda _config, to: asked.append(to))

    async def behind() -> None:
        async with store.database.write() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    store.run(store.database.migrate())
    assert asked == []
    store.run(behind())
    store.run(store.database.migrate())
    assert asked == ["head"]


def test_an_empty_store_is_migrated_by_the_migrations(tmp_path: Path) -> None:
    """The first start makes every table, whatever the tests copy."""
    asyncio.run(migrate(sqlite_url(tmp_path)))
    with closing(sqlite3.connect(tmp_path / STORE)) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}

    assert {table.name for table in metadata.sorted_tables} <= names

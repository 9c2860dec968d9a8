"""The store: migrations, durability, and one plain sentence for every fault."""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, make_url, text

from memory import migrating
from memory.database import STORE, Database, StoreError, sqlite_url
from memory.tables import metadata
from tests.memory.conftest import Store, new_database
from tests.stores import migrate


@pytest.fixture(params=["sqlite", "postgres"])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Return an empty store of each kind that went through every migration."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path)
        _changed(url, migrating.migrate)
    else:
        url = new_database(request.getfixturevalue("postgres"))
    store = Store(url)
    yield store
    store.close()


def _changed(url: str, change: Callable[[Connection], None]) -> None:
    """Change a store outside any gateway."""

    async def work() -> None:
        database = Database(url)
        try:
            async with database.write() as connection:
                await connection.run_sync(change)
        finally:
            await database.close()

    asyncio.run(work())


def test_the_migrations_leave_the_tables_that_the_code_declares(migrated: Store) -> None:
    """Nothing differs between the migrated schema and `tables`, nor which rows an index is of."""
    indexes = [index for table in metadata.tables.values() for index in table.indexes]
    partial = {one.name for one in indexes if one.dialect_options["sqlite"]["where"] is not None}

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async def work() -> None:
        async with migrated.database.read() as connection:
            assert await connection.run_sync(differences) == []
            assert await connection.run_sync(_partial) == partial

    migrated.run(work())


def _partial(connection: Connection) -> set[str | None]:
    """Name the indexes of some rows only."""
    said = f"{connection.dialect.name}_where"
    reflected = inspect(connection).get_multi_indexes().values()
    found = [index for table in reflected for index in table]
    return {one["name"] for one in found if said in one.get("dialect_options", {})}


def test_a_new_embedded_store_is_what_the_migrations_make(tmp_path: Path) -> None:
    """It gets its tables at once, the same clause by clause, at the same revision, without rows."""
    made, migrated = sqlite_url(tmp_path / "made"), sqlite_url(tmp_path / "migrated")
    for url, change in ((made, migrating.upgrade), (migrated, migrating.migrate)):
        Path(make_url(url).database or "").parent.mkdir()
        _changed(url, change)

    found = _clauses(tmp_path / "made" / STORE)
    assert found == _clauses(tmp_path / "migrated" / STORE)
    assert {table.name for table in metadata.sorted_tables} <= set(found)


def _clauses(file: Path) -> dict[str, list[object]]:
    """Return what each table and index is made of in any order, and what each table holds."""
    found: dict[str, list[object]] = {}
    with closing(sqlite3.connect(file)) as connection:
        for kind, name, said in connection.execute("SELECT type, name, sql FROM sqlite_master"):
            head, _, body = (said or "").replace('"', "").partition("(")
            clauses = re.split(r",\s*(?![^()]*\))", body.strip().removesuffix(")"))
            found[name] = [head, *sorted(" ".join(one.split()) for one in clauses)]
            if kind == "table":
                rows = f"SELECT * FROM {name}"  # noqa: S608 - a name of our own
                found[name] += connection.execute(rows).fetchall()
    return found


def test_a_new_store_whose_making_fails_is_still_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of the schema is there or nothing, so that the next start makes it."""
    url = sqlite_url(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(migrating, "_NOTE", "CREATE nonsense")
        with pytest.raises(StoreError, match="syntax error"):
            asyncio.run(migrate(url))

    with closing(sqlite3.connect(tmp_path / STORE)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    asyncio.run(migrate(url))
    assert "records" in _clauses(tmp_path / STORE)


def test_who_makes_a_new_store_second_finds_it_made(tmp_path: Path) -> None:
    """Two may start on an empty folder: one waits for the other's tables, and goes on with them."""
    url = sqlite_url(tmp_path)
    _changed(url, migrating.make)
    made = _clauses(tmp_path / STORE)
    _changed(url, migrating.make)

    assert _clauses(tmp_path / STORE) == made


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

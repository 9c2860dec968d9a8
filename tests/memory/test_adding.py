"""Rows are added as SQLAlchemy would add them, on both stores."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from memory.adding import _writer, add
from memory.database import FAULTS
from memory.tables import evidence, records, session_events, sessions
from memory.tables.base import Instant
from tests.memory.conftest import Store

AT = datetime(2026, 11, 29, 8, 0, 0, 5, timezone(timedelta(hours=2)))
ROWS: dict[str, tuple[Any, dict[str, Any]]] = {
    "sessions": (
        sessions,
        {"tenant": "t", "id": "a", "subject": "s", "agent": None, "opened_at": AT},
    ),
    "session_events": (
        session_events,
        {"tenant": "t", "session": "a", "id": "a", "subject": "s", "agent": "g"}
        | {"at": AT, "kind": "said", "body": b"\x00\xff"},
    ),
    "evidence": (
        evidence,
        {"id": "a", "tenant": "t", "subject": None, "kind": "result", "decision": "d"}
        | {"session": None, "call_id": "c", "at": AT, "expires_at": AT, "generation": 1}
        | {"sealed": b"\x00\xff"},
    ),
    "records": (
        records,
        {"content": "{}", "id": "a", "writer": "w", "seq": 1, "hash": "h", "kind": "decision"}
        | {"tenant": "t", "at": AT, "would": None, "rule": "a/\u20ac"},
    ),
}


@given(
    at=st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.timezones())  # noqa: DTZ001 - the zone is drawn
)
def test_a_moment_is_written_as_the_library_writes_it(at: datetime) -> None:
    """To the letter: rows are found and ordered by this text."""
    dialect = sqlite.dialect()
    theirs = Instant().dialect_impl(dialect).bind_processor(dialect)
    ours = _writer(Instant(), dialect)

    assert theirs is not None
    assert ours is not None
    assert ours(at) == theirs(at)
    assert ours(None) is None is theirs(None)


async def _read(store: Store, table: Any) -> list[Mapping[Any, Any]]:
    async with store.database.read() as connection:
        return list((await connection.execute(select(table))).mappings())


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_added_as_the_library_adds_them(store: Store, name: str) -> None:
    """Every value is read back the same, whichever way it was written."""
    table, row = ROWS[name]
    other = {**row, "id": "b", **({"seq": 2} if name == "records" else {})}

    async def work() -> list[Mapping[Any, Any]]:
        async with store.database.write() as connection:
            await add(connection, table, [row])
            await connection.execute(insert(table), [other])
        return await _read(store, table)

    ours, theirs = store.run(work())

    told = {"id": "", "number": 0, "seq": 0}
    assert {**ours, **told} == {**theirs, **told}
    instants = [one for one in ours.values() if isinstance(one, datetime)]
    assert instants
    assert all(one == AT and one.utcoffset() == UTC.utcoffset(None) for one in instants)


def test_what_was_added_goes_back_with_its_transaction(store: Store) -> None:
    """Rows added before a fault are not there after it, and the store goes on."""
    table, row = ROWS["records"]

    async def work() -> None:
        async with store.database.write() as connection:
            await add(connection, table, [row])
            raise RuntimeError("a fault")

    with pytest.raises(RuntimeError):
        store.run(work())
    assert store.run(_read(store, table)) == []


def test_a_row_that_is_there_already_is_told_apart(store: Store) -> None:
    """A constraint is told as one, so that one record alone is refused; no row of it stays."""
    table, row = ROWS["records"]

    async def work() -> list[Mapping[Any, Any]]:
        with pytest.raises(IntegrityError):
            async with store.database.write() as connection:
                await add(connection, table, [row, row])
        return await _read(store, table)

    assert store.run(work()) == []


def test_other_faults_are_those_of_the_library(store: Store) -> None:
    """What a store cannot hold is told as every other fault of a store is."""
    table, row = ROWS["records"]
    strange = {**row, "content": {"no": "text"}}

    async def work() -> None:
        async with store.database.write() as connection:
            await add(connection, table, [strange])

    with pytest.raises(DBAPIError):
        store.run(work())


def test_nothing_is_nothing(store: Store) -> None:
    """No rows ask the store for nothing."""

    async def work() -> None:
        async with store.database.write() as connection:
            await add(connection, records, [])

    store.run(work())
    assert store.run(_read(store, records)) == []


def test_a_connection_that_was_closed_is_a_fault_of_the_store_and_not_used_again(
    store: Store,
) -> None:
    """The rows are refused as in every other fault, and the next transaction has another one."""
    if store.database.shared:
        pytest.skip("PostgreSQL is spoken to by the library")
    table, row = ROWS["records"]

    async def closed() -> None:
        async with store.database.write() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            await driver.close()
            await add(connection, table, [row])

    async def again() -> int:
        async with store.database.write() as connection:
            await add(connection, table, [row])
        return len(await _read(store, table))

    with pytest.raises(FAULTS):
        store.run(closed())
    assert store.run(again()) == 1

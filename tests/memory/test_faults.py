"""What a log says of a fault never quotes a row."""

import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dsl.errors import DrawbarError
from memory.faults import cause
from tests.memory.conftest import Store

SECRET = "canary-fa11"


def caught(store: Store, statement: str, **values: object) -> BaseException:
    async def work() -> None:
        async with store.database.write() as connection:
            await connection.execute(text(statement), values)

    with pytest.raises(Exception) as found:  # noqa: PT011 - each kind is looked at
        store.run(work())
    return found.value


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO sessions (tenant, id, opened_at) VALUES (:v, :v, NULL)",
        "SELECT CAST(:v AS INTEGER) / 0 + no_such_column FROM sessions WHERE id = :v",
        "INSERT INTO api_keys (id) VALUES (:v)",
    ],
)
def test_a_refused_row_is_not_quoted(store: Store, statement: str) -> None:
    """Of what kind the fault is, is told; its values are not."""
    error = caught(store, statement, v=SECRET)

    assert SECRET not in cause(error)
    assert cause(error)


def test_a_value_that_a_driver_quotes_is_not_passed_on(store: Store) -> None:
    """Asyncpg puts the value that it cannot send into the first line of its words."""
    error = caught(store, "SELECT id FROM sessions WHERE opened_at = :v", v=[SECRET, object()])
    assert SECRET not in cause(error)


def test_what_is_of_the_store_is_told_in_words() -> None:
    """A full disk, a lock and our own sentences say what to do."""
    full = sqlite3.OperationalError("database or disk is full")
    wrapped = DrawbarError("the store refused the record")
    wrapped.__cause__ = DBAPIError(f"INSERT {SECRET}", {"v": SECRET}, full)

    assert cause(wrapped) == "database or disk is full"
    assert cause(OSError(28, "No space left on device")) == "[Errno 28] No space left on device"
    assert cause(DrawbarError("too many records wait")) == "too many records wait"
    assert cause(PoolTimeout("the pool is used up")) == "the pool is used up"


def test_any_other_fault_is_named_alone() -> None:
    """Its words may be those of a call."""
    assert cause(ValueError(SECRET)) == "ValueError"
    assert cause(DBAPIError("INSERT", {}, ValueError(SECRET))) == "ValueError"

"""Adds rows to tables with as few steps between threads as the store allows.

SQLite works in a thread of its own, and every step of a statement (a cursor, its work, its end) is
a way there and back, which takes longer than the work. Here a table is one such way.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Dialect, LargeBinary, Table, insert
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from memory.tables.base import Instant

Row = Mapping[str, Any]
_FAULTS: Final[tuple[tuple[type[sqlite3.Error], type[DBAPIError]], ...]] = (
    (sqlite3.IntegrityError, IntegrityError),
    (sqlite3.DataError, DataError),
    (sqlite3.Error, OperationalError),
)


class _Insert(NamedTuple):
    """A statement for rows of some columns, and how each value is written down."""

    text: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]

    def values(self, row: Row) -> list[Any]:
        return [row[name] if write is None else write(row[name]) for name, write in self.columns]


async def add(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows that all have the same columns, in the transaction that is held."""
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        await connection.execute(insert(table), rows)
        return
    made = _insert(table, tuple(rows[0]), connection.dialect)
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101 - it is connected
    values = [made.values(row) for row in rows]
    try:
        await driver.executemany(made.text, values)
    except sqlite3.Error as error:
        kind = next(ours for theirs, ours in _FAULTS if isinstance(error, theirs))
        raise kind(made.text, None, error, hide_parameters=True) from error
    except UnicodeError:  # a kind of ValueError, and no fault of the store
        raise
    except ValueError as error:  # so aiosqlite says that the connection was closed
        await connection.invalidate(error)
        closed = sqlite3.OperationalError(str(error))
        raise OperationalError(made.text, None, closed, hide_parameters=True) from error


@lru_cache(maxsize=64)
def _insert(table: Table, names: tuple[str, ...], dialect: Dialect) -> _Insert:
    columns = tuple((name, _writer(table.c[name].type, dialect)) for name in names)
    compiled = insert(table).values(dict.fromkeys(names)).compile(dialect=dialect)
    order = dict(columns)
    told = compiled.positiontup or ()
    return _Insert(str(compiled), tuple((name, order[name]) for name in told))


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return what makes of a value what SQLite is given, if it is not given as it is."""
    if isinstance(kind, LargeBinary):
        return None
    if isinstance(kind, Instant):
        return _instant
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _instant(value: datetime | None) -> str | None:
    """Write a moment as the library does."""
    return None if value is None else value.astimezone(UTC).isoformat(" ", "microseconds")[:_LONG]


_LONG: Final = len("2026-03-02 10:00:00.000000")

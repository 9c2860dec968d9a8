"""An `INSERT` that can say what to do if its row is there already: each store has its own words."""

from typing import TYPE_CHECKING

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def inserting(connection: AsyncConnection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """Return the statement for the store that is connected."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - sidecars do without it

        return postgresql.insert(table)
    return sqlite.insert(table)

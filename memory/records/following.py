"""Follows all chains: what was recorded since one looked last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.tables import deliveries, records, writers

AT_ONCE: Final = 100
Positions = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Chained:
    """A record as it stands in its chain."""

    writer: str
    seq: int
    hash: str
    kind: str
    tenant: str
    content: str


async def heads(database: Database) -> dict[str, int]:
    """Return how far every writer has come."""
    async with database.read() as connection:
        known = await _writers(connection)
        return {
            one.id: one.covered if one.closed_at else await _head(connection, one.id)
            for one in known
        }


async def after(database: Database, positions: Positions, limit: int = AT_ONCE) -> list[Chained]:
    """Return the next records of one chain that goes on beyond where one looked last."""
    async with database.read() as connection:
        for one in await _writers(connection):
            seen = positions.get(one.id, 0)
            if one.closed_at and one.covered <= seen:  # it ended, and all of it was seen
                continue
            if found := await _next(connection, one.id, seen, limit):
                return found
    return []


async def _writers(connection: AsyncConnection) -> Sequence[Row[str, int, datetime | None]]:
    column = writers.c
    query = select(column.id, column.covered, column.closed_at).order_by(column.id)
    return (await connection.execute(query)).all()


async def _head(connection: AsyncConnection, writer: str) -> int:
    query = select(records.c.seq).where(records.c.writer == writer)
    found = (await connection.execute(query.order_by(records.c.seq.desc()).limit(1))).scalar()
    return int(found or 0)


async def _next(connection: AsyncConnection, writer: str, seq: int, limit: int) -> list[Chained]:
    column = records.c
    query = select(
        column.writer, column.seq, column.hash, column.kind, column.tenant, column.content
    ).where(column.writer == writer, column.seq > seq)
    rows = await connection.execute(query.order_by(column.seq).limit(limit))
    return [Chained(**row) for row in rows.mappings()]


async def delivered(database: Database, target: str) -> dict[str, int]:
    """Return how far records were handed on to a target."""
    query = select(deliveries.c.writer, deliveries.c.seq).where(deliveries.c.target == target)
    async with database.read() as connection:
        return {row.writer: row.seq for row in await connection.execute(query)}


async def deliver(database: Database, target: str, handed: Sequence[Chained]) -> None:
    """Note that records of one chain were handed on."""
    last = handed[-1]
    column = deliveries.c
    async with database.write() as connection:
        gone = delete(deliveries).where(column.target == target, column.writer == last.writer)
        await connection.execute(gone)
        row = {"target": target, "writer": last.writer, "seq": last.seq}
        await connection.execute(insert(deliveries).values(row))

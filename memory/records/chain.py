"""The chain of one writer: each record is known by a hash that covers all before it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.ids import new_id
from memory.records.record import canonical
from memory.tables import checkpoints, records, writers

SHORT: Final = "w"


class Link(NamedTuple):
    """Where a record stands in its chain."""

    writer: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Chain:
    """A writer's chain as far as it is stored: its last record, and how that is known."""

    writer: str
    seq: int
    head: str

    def link(self, contents: Sequence[str]) -> tuple["Chain", list[Link]]:
        """Return the chain with some records more, and where each of them stands."""
        seq, head, links = self.seq, self.head, []
        for content in contents:
            seq, head = seq + 1, link_hash(self.writer, seq + 1, head, content)
            links.append(Link(self.writer, seq, head))
        return Chain(self.writer, seq, head), links


def link_hash(writer: str, seq: int, before: str, content: str) -> str:
    """Return the hash that a record is known by."""
    return hashlib.sha256(f"{before}\n{writer}\n{seq}\n{content}".encode()).hexdigest()


def genesis(writer: str, engine: str, started_at: datetime, anchor: str) -> str:
    """Return what the first record of a writer follows: the writer, and what it began after."""
    told = {
        "writer": writer,
        "engine": engine,
        "started_at": started_at.isoformat(),
        "anchor": anchor,
    }
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def new_writer(now: datetime) -> str:
    """Return a name for a writer that has written nothing yet."""
    return new_id(SHORT, now)


async def begin(
    connection: AsyncConnection, engine: str, now: datetime, name: str | None = None
) -> Chain:
    """Begin the chain of a new writer, after the newest checkpoint there is."""
    newest = select(checkpoints.c.hash).order_by(checkpoints.c.number.desc()).limit(1)
    anchor = (await connection.execute(newest)).scalar_one_or_none() or ""
    writer = name or new_id(SHORT, now)
    row: dict[str, Any] = {
        "id": writer,
        "engine": engine,
        "started_at": now,
        "anchor": anchor,
    }
    await connection.execute(insert(writers).values(row))
    return Chain(writer, 0, genesis(writer, engine, now, anchor))


async def again(connection: AsyncConnection, name: str) -> Chain | None:
    """Return the chain of a writer as it is stored, if it is: after a fault nobody knows."""
    row = (await connection.execute(select(writers).where(writers.c.id == name))).mappings()
    writer = row.one_or_none()
    if writer is None:
        return None
    last = select(records.c.seq, records.c.hash).where(records.c.writer == name)
    found = (await connection.execute(last.order_by(records.c.seq.desc()).limit(1))).one_or_none()
    if found is not None:
        return Chain(name, found.seq, found.hash)
    begun = genesis(writer["id"], writer["engine"], writer["started_at"], writer["anchor"])
    return Chain(name, 0, begun)

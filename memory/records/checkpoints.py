"""Signed checkpoints: each says how far every chain had come, and follows the one before."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Update, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.records.record import canonical
from memory.records.signer import Signer
from memory.tables import checkpoints, records, shipped_writers, writers


@dataclass(frozen=True, slots=True)
class Head:
    """How far a writer had come; one that is `closed` writes no more."""

    writer: str
    seq: int
    hash: str
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far the chains had come that moved since the checkpoint before."""

    number: int
    at: datetime
    before: str
    key: str
    heads: tuple[Head, ...]

    def content(self) -> str:
        """Write it as it is signed."""
        told = {
            "number": self.number,
            "at": self.at.isoformat(),
            "before": self.before,
            "key": self.key,
            "heads": [
                {"writer": one.writer, "seq": one.seq, "hash": one.hash, "closed": one.closed}
                for one in self.heads
            ],
        }
        return canonical(told)


def checkpoint(content: str) -> Checkpoint:
    """Read a checkpoint as it was written."""
    told = json.loads(content)
    heads = tuple(Head(**one) for one in told.pop("heads"))
    return Checkpoint(**{**told, "at": datetime.fromisoformat(told["at"])}, heads=heads)


def content_hash(content: str) -> str:
    """Return the hash that a checkpoint is known by."""
    return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint with its signature: what is stored, and anchored elsewhere."""

    content: str
    signature: str

    def line(self) -> str:
        """Write it as one line of JSON."""
        return canonical({"content": self.content, "signature": self.signature})


class Checkpoints:
    """Makes checkpoints over all chains of a store."""

    def __init__(self, database: Database, signer: Signer) -> None:
        self._database = database
        self._signer = signer

    async def make(self, now: datetime, closed: Sequence[str] = ()) -> Signed | None:
        """Store a checkpoint, if any chain moved; another gateway may have been first."""
        try:
            async with self._database.write() as connection:
                made = await self._next(connection, now, closed)
                if made is None:
                    return None
                content = made.content()
                signed = Signed(content, self._signer.sign(content.encode()))
                await connection.execute(insert(checkpoints).values(_row(made, signed)))
        except IntegrityError:
            return None
        return signed

    async def _next(
        self, connection: AsyncConnection, now: datetime, closed: Sequence[str]
    ) -> Checkpoint | None:
        closed = (*closed, *await _ended(connection))
        moved = [
            head
            for writer, covered in await _open_writers(connection)
            if (head := await _head(connection, writer, closed)) is not None
            and (head.seq > covered or head.closed)
        ]
        if not moved:
            return None
        for head in moved:
            await connection.execute(_covered(head, now))
        number, before = await _last(connection)
        return Checkpoint(number + 1, now, before, self._signer.key_id, tuple(moved))


async def _ended(connection: AsyncConnection) -> Sequence[str]:
    """Return the chains of sidecars that have ended, and are not closed here yet."""
    query = select(shipped_writers.c.writer).where(shipped_writers.c.ended)
    query = query.join(writers, writers.c.id == shipped_writers.c.writer)
    found = await connection.execute(query.where(writers.c.closed_at.is_(None)))
    return found.scalars().all()


async def _open_writers(connection: AsyncConnection) -> list[tuple[str, int]]:
    """Return the writers that may write more, and how far each is covered."""
    column = writers.c
    query = select(column.id, column.covered).where(column.closed_at.is_(None)).order_by(column.id)
    return [(row.id, row.covered) for row in await connection.execute(query)]


async def _head(connection: AsyncConnection, writer: str, closed: Sequence[str]) -> Head | None:
    """Return the newest record of a writer."""
    query = select(records.c.seq, records.c.hash).where(records.c.writer == writer)
    found = (await connection.execute(query.order_by(records.c.seq.desc()).limit(1))).one_or_none()
    return None if found is None else Head(writer, found.seq, found.hash, writer in closed)


def _covered(head: Head, now: datetime) -> Update:
    told = {"covered": head.seq, "closed_at": now if head.closed else None}
    return update(writers).where(writers.c.id == head.writer).values(told)


async def _last(connection: AsyncConnection) -> tuple[int, str]:
    query = select(checkpoints.c.number, checkpoints.c.hash)
    row = (
        await connection.execute(query.order_by(checkpoints.c.number.desc()).limit(1))
    ).one_or_none()
    return (0, "") if row is None else (row.number, row.hash)


def _row(made: Checkpoint, signed: Signed) -> dict[str, Any]:
    return {
        "number": made.number,
        "at": made.at,
        "hash": content_hash(signed.content),
        "key": made.key,
        "content": signed.content,
        "signature": signed.signature,
    }

"""Finds what a sidecar has to send: in order, chain after chain, each to its end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.records.acting import WRITER as ACTS
from memory.records.following import Chained, after, deliver, delivered, heads
from memory.revisions.revision import NAMED, Named, revision
from memory.shipping.shipment import Shipment, Used, Written
from memory.tables import revisions, revisions_in_force, writers

TARGET: Final = "upstream"
ENDED: Final = "upstream: ended"
_BEYOND: Final = 2**53  # acts stay here: every store has a chain of that name


@dataclass(frozen=True, slots=True)
class Next:
    """A shipment, and how far the chain is shipped once it was taken."""

    told: Shipment
    seq: int

    @property
    def digests(self) -> set[str]:
        """Name the policies whose texts go along."""
        return {one.digest for one in self.told.used}


class Spool:
    """The records of a store that another gateway is to have."""

    def __init__(self, database: Database, current: str) -> None:
        self._database = database
        self._current = current  # the writer of this process; all others write no more

    async def waiting(self) -> int:
        """Return how many records were not taken yet."""
        seen = await delivered(self._database, TARGET)
        known = await heads(self._database)
        return sum(max(0, seq - seen.get(one, 0)) for one, seq in known.items() if one != ACTS)

    async def next(self, known: Collection[str]) -> Next | None:
        """Return what is to be sent now; of policies that are `known` there, no texts."""
        seen = {**await delivered(self._database, TARGET), ACTS: _BEYOND}
        found = await after(self._database, seen)
        if not found:
            return await self._ending(seen)
        async with self._database.read() as connection:
            writer = await _writer(connection, found[0].writer)
            used = await _used(connection, found, known)
        told = Shipment(writer, found[0].seq - 1, [one.content for one in found], used)
        return Next(told, found[-1].seq)

    async def _ending(self, seen: dict[str, int]) -> Next | None:
        """Say that a chain ended, once all of it was taken."""
        told = await delivered(self._database, ENDED)
        for name, seq in seen.items():
            if name not in {ACTS, self._current} and name not in told:
                async with self._database.read() as connection:
                    writer = await _writer(connection, name)
                return Next(Shipment(writer, seq, [], [], ended=True), seq)
        return None

    async def taken(self, one: Next) -> None:
        """Note that a shipment was taken."""
        target = ENDED if one.told.ended else TARGET
        await self.behind(one.told.writer.id, one.seq, target)

    async def behind(self, writer: str, seq: int, target: str = TARGET) -> None:
        """Note how far a chain is known there."""
        await deliver(self._database, target, [Chained(writer, seq, "", "", "", "")])


async def _writer(connection: AsyncConnection, name: str) -> Written:
    column = writers.c
    query = select(column.id, column.engine, column.started_at, column.anchor)
    row = (await connection.execute(query.where(column.id == name))).one()
    return Written(row.id, row.engine, row.started_at, row.anchor)


async def _used(
    connection: AsyncConnection, found: Sequence[Chained], known: Collection[str]
) -> list[Used]:
    """Return what the records were decided by, each once."""
    names = {(said.revision, said.revision_digest) for said in map(_said, found)}
    used = []
    for name, digest in sorted((n, d) for n, d in names if n is not None and d is not None):
        number = int(name.partition(":")[0])
        column = revisions_in_force.c
        query = select(column.at).where(column.writer == found[0].writer, column.number == number)
        at = (await connection.execute(query)).scalar_one()
        one = Used(number, digest, at)
        used.append(one if digest in known else await _with_texts(connection, one))
    return used


async def _with_texts(connection: AsyncConnection, one: Used) -> Used:
    query = select(revisions.c.content).where(revisions.c.digest == one.digest)
    texts = revision((await connection.execute(query)).scalar_one()).texts
    files = [(file.name, file.text) for file in texts.files]
    return Used(one.number, one.digest, one.at, files, list(texts.order), texts.bindings)


def _said(one: Chained) -> Named:
    return NAMED.decode(one.content)

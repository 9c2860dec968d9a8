"""Keeps the chains of sidecars: exactly as they were written, in order, each record once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database, add_once
from memory.records import act
from memory.records.chain import Chain, Link, again
from memory.records.signer import Signer
from memory.records.verify import row_of
from memory.revisions.revision import Revision, RevisionFault, Taken
from memory.revisions.store import UNREADABLE, put, signed
from memory.shipping.shipment import Behind, Shipment, ShippingFault, Used
from memory.tables import records, revisions, revisions_in_force, shipped_writers, writers

Reads = Callable[[Revision], object]  # raises where texts do not read as those of their digest
Rows = Mapping[str, Mapping[str, Any]]


class Receiving:
    """Takes in what sidecars send; what it attests of their policies it signs itself."""

    def __init__(self, database: Database, signer: Signer) -> None:
        self._database = database
        self._signer = signer

    async def receive(self, told: Shipment, reads: Reads) -> int:
        """Keep what is new of a shipment; return how far the chain is known now.

        Texts are kept for good under their digest, and a digest covers no names of files: so they
        are kept only if they read as what it names, or a coming publication could not be read.
        """
        try:
            made = await self._unknown(told, reads)
            async with self._database.write() as connection:
                chain = await _known(connection, told)
                found, chain = await _checked(connection, told, chain)
                for one in told.used:
                    await self._used(connection, told.writer.id, one, made)
                if found:
                    await connection.execute(insert(records), found)
                if told.ended:
                    column = shipped_writers.c
                    ends = update(shipped_writers).where(column.writer == told.writer.id)
                    await connection.execute(ends.values(ended=True))
        except RevisionFault as error:
            raise ShippingFault(f"the policies cannot be kept: {error}") from error
        except IntegrityError as error:
            raise ShippingFault(
                "a record of this name is kept already, in another place"
            ) from error
        return chain.seq

    async def _unknown(self, told: Shipment, reads: Reads) -> Rows:
        """Return the signed rows of policies that are new here."""
        brought = {one.digest: one for one in told.used if one.files}
        query = select(revisions.c.digest).where(revisions.c.digest.in_(brought))
        async with self._database.read() as connection:
            known = set((await connection.execute(query)).scalars()) if brought else set()
        made = {}
        for digest, one in brought.items():
            if digest not in known:
                made[digest] = await asyncio.to_thread(self._row, told.writer.id, one, reads)
        return made

    def _row(self, writer: str, one: Used, reads: Reads) -> Mapping[str, Any]:
        reads(Revision(one.digest, one.at, writer, self._signer.key_id, one.texts))
        return signed(one.texts, one.digest, writer, self._signer, one.at)

    async def _used(self, connection: AsyncConnection, writer: str, one: Used, made: Rows) -> None:
        """Keep that policies were taken up, and their texts."""
        if one.digest in made:
            await put(connection, made[one.digest])
        else:
            await _refuse_unknown(connection, one.digest)
        taken = Taken(writer, one.number, one.digest, one.at, self._signer.key_id)
        row = {name: getattr(taken, name) for name in ("writer", "number", "digest", "at", "key")}
        row["signature"] = self._signer.sign(taken.content().encode())
        await add_once(connection, revisions_in_force, row)


async def _refuse_unknown(connection: AsyncConnection, digest: str) -> None:
    query = select(revisions.c.digest).where(revisions.c.digest == digest)
    if (await connection.execute(query)).scalar_one_or_none() is None:
        raise ShippingFault(f"the policies `{digest}` are not known here")


async def _known(connection: AsyncConnection, told: Shipment) -> Chain:
    """Return the chain as it is known, held against others; a new one begins as its writer says."""
    one = told.writer
    if await add_once(connection, shipped_writers, {"writer": one.id, "ended": False}):
        row = {name: getattr(one, name) for name in ("id", "engine", "started_at", "anchor")}
        if not await add_once(connection, writers, row):
            raise ShippingFault(f"`{one.id}` is a writer of this store itself")
    else:
        held = update(shipped_writers).where(shipped_writers.c.writer == one.id)
        await connection.execute(held.values(writer=one.id))
    query = select(writers, shipped_writers.c.ended).where(writers.c.id == one.id)
    query = query.join(shipped_writers, shipped_writers.c.writer == writers.c.id)
    kept = (await connection.execute(query)).mappings().one()
    if any(kept[name] != getattr(one, name) for name in ("engine", "started_at", "anchor")):
        raise ShippingFault(f"the chain of `{one.id}` began otherwise")
    chain = await again(connection, one.id)
    if chain is None:
        raise ShippingFault(f"the chain of `{one.id}` cannot be read")
    is_over = kept["ended"] or kept["closed_at"] is not None
    if is_over and told.after + len(told.records) > chain.seq:
        raise ShippingFault(f"the chain of `{one.id}` has ended")
    return chain


async def _checked(
    connection: AsyncConnection, told: Shipment, chain: Chain
) -> tuple[list[dict[str, Any]], Chain]:
    """Return the rows that are new; what was sent before must be what is kept."""
    if told.after > chain.seq:
        raise Behind(chain.seq)
    seen = chain.seq - told.after
    await _same(connection, told, min(seen, len(told.records)))
    return await asyncio.to_thread(_linked, chain, told.records[seen:])


def _linked(chain: Chain, new: Sequence[str]) -> tuple[list[dict[str, Any]], Chain]:
    """Return new records as rows; there may be many and long ones, so off the event loop."""
    after, links = chain.link(new)
    return [_row(content, link) for content, link in zip(new, links, strict=True)], after


async def _same(connection: AsyncConnection, told: Shipment, number: int) -> None:
    """Refuse another record in the place of one that is kept: the chain would be forked."""
    if number == 0:
        return
    column = records.c
    query = select(column.content).where(
        column.writer == told.writer.id,
        column.seq > told.after,
        column.seq <= told.after + number,
    )
    kept: Sequence[str] = (await connection.execute(query.order_by(column.seq))).scalars().all()
    if list(kept) != told.records[:number]:
        raise ShippingFault(f"the chain of `{told.writer.id}` is kept otherwise: it was forked")


def _row(content: str, link: Link) -> dict[str, Any]:
    try:
        row = row_of(content)
    except UNREADABLE as error:
        raise ShippingFault("a record cannot be read") from error
    if row["content"] != content:
        raise ShippingFault("a record is not written in its one form")
    if row["kind"] == act.KIND:
        raise ShippingFault("acts are not taken in: they stay in the store where they were done")
    return {**{column.name: None for column in records.columns}, **row, **link._asdict()}

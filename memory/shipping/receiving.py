"""Keeps the chains of sidecars: exactly as they were written, in order, each record once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database, add_once
from memory.records.chain import Chain, Link, again
from memory.records.signer import Signer
from memory.records.verify import row_of
from memory.revisions.revision import RevisionFault, Taken
from memory.revisions.store import put, signed
from memory.shipping.shipment import Behind, Shipment, ShippingFault, Used
from memory.tables import records, revisions, revisions_in_force, shipped_writers, writers

_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


class Receiving:
    """Takes in what sidecars send; what it attests of their policies it signs itself."""

    def __init__(self, database: Database, signer: Signer) -> None:
        self._database = database
        self._signer = signer

    async def receive(self, told: Shipment, key_id: str, now: datetime) -> int:
        """Keep what is new of a shipment; return how far the chain is known now."""
        try:
            async with self._database.write() as connection:
                chain = await _known(connection, told, key_id, now)
                found, chain = await _checked(connection, told, chain)
                for one in told.used:
                    await self._used(connection, told.writer.id, one)
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

    async def _used(self, connection: AsyncConnection, writer: str, one: Used) -> None:
        """Keep that policies were taken up, and their texts."""
        column = revisions.c
        known = select(column.digest).where(column.digest == one.digest)
        if (await connection.execute(known)).scalar_one_or_none() is None:
            if not one.files:
                raise ShippingFault(f"the policies `{one.digest}` are not known here")
            await put(connection, signed(one.texts, one.digest, writer, self._signer, one.at))
        taken = Taken(writer, one.number, one.digest, one.at, self._signer.key_id)
        row = {name: getattr(taken, name) for name in ("writer", "number", "digest", "at", "key")}
        row["signature"] = self._signer.sign(taken.content().encode())
        await add_once(connection, revisions_in_force, row)


async def _known(connection: AsyncConnection, told: Shipment, key_id: str, now: datetime) -> Chain:
    """Return the chain as it is known, held against others; a new one begins as its writer says."""
    one = told.writer
    begun = {"writer": one.id, "key_id": key_id, "at": now, "ended": False}
    if await add_once(connection, shipped_writers, begun):
        row = {name: getattr(one, name) for name in ("id", "engine", "started_at", "anchor")}
        if not await add_once(connection, writers, row):
            raise ShippingFault(f"`{one.id}` is a writer of this store itself")
    else:
        held = update(shipped_writers).where(shipped_writers.c.writer == one.id)
        await connection.execute(held.values(writer=one.id))
    kept = (
        (await connection.execute(select(writers).where(writers.c.id == one.id))).mappings().one()
    )
    if any(kept[name] != getattr(one, name) for name in ("engine", "started_at", "anchor")):
        raise ShippingFault(f"the chain of `{one.id}` began otherwise")
    chain = await again(connection, one.id)
    if chain is None:
        raise ShippingFault(f"the chain of `{one.id}` cannot be read")
    if kept["closed_at"] is not None and told.after + len(told.records) > chain.seq:
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
    new = told.records[seen:]
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
    except _UNREADABLE as error:
        raise ShippingFault("a record cannot be read") from error
    if row["content"] != content:
        raise ShippingFault("a record is not written in its one form")
    return {**{column.name: None for column in records.columns}, **row, **link._asdict()}

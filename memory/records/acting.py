"""Puts an act into its chain, in the transaction in which it happens: both are stored, or none.

All acts of a store stand in one chain, whoever did them: a command lives for a moment, and a
writer of its own for each would leave a store full of chains with one record. Who acts holds the
row of that writer until the transaction ends, so the next one follows what was stored.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import FAULTS, StoreError
from memory.records.act import ActRecord
from memory.records.chain import Chain, again, begin
from memory.tables import records, writers

WRITER: Final = "acts"


async def note(connection: AsyncConnection, act: ActRecord) -> None:
    """Store an act as the next record of the chain of acts, or raise: then nothing is to be done.

    It is the last step of its transaction, so that nobody waits for long, and none for another.
    """
    row = act.row()
    try:
        chain = await _chain(connection, act.at)
        _, (link,) = chain.link([row["content"]])
        await connection.execute(insert(records).values({**row, **link._asdict()}))
    except FAULTS as error:
        raise StoreError("this cannot be recorded, so it is not done") from error


async def _chain(connection: AsyncConnection, now: datetime) -> Chain:
    """Return the chain of acts as it is stored, held against everybody else."""
    if not await _held(connection):
        try:
            async with connection.begin_nested():
                return await begin(connection, WRITER, now, WRITER)
        except IntegrityError:  # somebody else began it meanwhile
            await _held(connection)
    found = await again(connection, WRITER)
    if found is None:
        raise StoreError("the chain of acts cannot be begun")
    return found


async def _held(connection: AsyncConnection) -> bool:
    """Hold the chain against everybody else, on any store; tell whether there is one."""
    held = update(writers).where(writers.c.id == WRITER).values(engine=writers.c.engine)
    return (await connection.execute(held)).rowcount > 0


@dataclass(frozen=True, slots=True)
class Noting:
    """An act as a step of something else."""

    act: ActRecord

    async def take(self, connection: AsyncConnection) -> None:
        """Store it."""
        await note(connection, self.act)

"""Announces a change, in the transaction in which it happens."""

import time
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import case, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.inserting import inserting
from memory.tables import announcements

CHANNEL: Final = "drawbar"
_NOTIFY: Final = text("SELECT pg_notify(:channel, :topic)")


class Topic(StrEnum):
    """What may change under the eyes of a gateway that runs."""

    POLICIES = "policies"
    FREEZES = "freezes"
    KEYS = "keys"
    GLASS = "glass"


async def announce(connection: AsyncConnection, topic: Topic) -> None:
    """Have every gateway look at a topic anew, once this transaction is committed.

    Whoever announces the same topic meanwhile waits for it, so it is a late step of a transaction.
    The number is the time in milliseconds, or one more than the last: clocks may differ and step,
    and it grows all the same, also from one store to another that takes its place.
    """
    number, after = _milliseconds(), announcements.c.number + 1
    raised = {"number": case((after > number, after), else_=number)}
    added = _added(connection, topic, number)
    await connection.execute(added.on_conflict_do_update(index_elements=["topic"], set_=raised))
    if connection.dialect.name == "postgresql":
        await connection.execute(_NOTIFY, {"channel": CHANNEL, "topic": str(topic)})


async def begin(connection: AsyncConnection, topic: Topic) -> None:
    """Give a topic a number that was never announced yet, so that an empty store has one too."""
    await connection.execute(_added(connection, topic, _milliseconds()).on_conflict_do_nothing())


async def number_of(connection: AsyncConnection, topic: Topic) -> int:
    """Return the number of what was announced last, which is the same at every gateway."""
    found = select(announcements.c.number).where(announcements.c.topic == str(topic))
    return (await connection.execute(found)).scalar_one_or_none() or 0


def _added(connection: AsyncConnection, topic: Topic, number: int) -> Any:
    return inserting(connection, announcements).values(topic=str(topic), number=number)


def _milliseconds() -> int:
    return int(time.time() * 1000)

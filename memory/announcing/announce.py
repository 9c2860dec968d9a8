"""Announces a change, in the transaction in which it happens."""

from enum import StrEnum
from typing import Final

from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

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
    """
    shared = connection.dialect.name == "postgresql"
    insert = postgresql.insert if shared else sqlite.insert
    added = insert(announcements).values(topic=str(topic), number=1)
    raised = {"number": announcements.c.number + 1}
    await connection.execute(added.on_conflict_do_update(index_elements=["topic"], set_=raised))
    if shared:
        await connection.execute(_NOTIFY, {"channel": CHANNEL, "topic": str(topic)})

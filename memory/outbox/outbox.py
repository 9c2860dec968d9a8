"""Messages that wait to be sent; several gateways may look after them, one sends each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.sealing import Sealer
from memory.tables import outbox

LEASE: Final = timedelta(minutes=1)  # then another gateway may send what this one took
AT_ONCE: Final = 50
_COLUMN: Final = outbox.c


@dataclass(frozen=True, slots=True)
class Message:
    """Something to send to a target that the settings name."""

    id: str
    tenant: str
    decision: str
    kind: str
    target: str
    made_at: datetime
    body: bytes
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """Leaves messages to be sent, along with the record of their decision."""

    rows: Sequence[dict[str, Any]]

    async def take(self, connection: AsyncConnection) -> None:
        """Store them."""
        await connection.execute(insert(outbox), list(self.rows))


@dataclass(frozen=True, slots=True)
class Sent:
    """Lets go of a message, along with the record of what came of it."""

    id: str

    async def take(self, connection: AsyncConnection) -> None:
        """Delete it."""
        await connection.execute(delete(outbox).where(_COLUMN.id == self.id))


class Outbox:
    """The messages of a store; what they say is sealed."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    def post(self, messages: Sequence[Message]) -> Post:
        """Return what stores some messages."""
        return Post([self._row(one) for one in messages])

    async def due(self, now: datetime) -> list[Message]:
        """Return messages whose time has come, and that no other gateway sends meanwhile."""
        query = select(outbox).where(_COLUMN.due_at <= now).order_by(_COLUMN.due_at).limit(AT_ONCE)
        async with self._database.write() as connection:
            rows = (await connection.execute(query)).mappings().all()
            return [self._read(row) for row in rows if await _taken(connection, row, now)]

    async def later(self, one: Message, due_at: datetime) -> None:
        """Keep a message that could not be sent."""
        change = update(outbox).where(_COLUMN.id == one.id)
        async with self._database.write() as connection:
            await connection.execute(change.values(due_at=due_at, tries=one.tries + 1))

    async def waiting(self) -> int:
        """Return how many messages wait."""
        async with self._database.read() as connection:
            return len((await connection.execute(select(_COLUMN.id))).all())

    def _row(self, one: Message) -> dict[str, Any]:
        return {
            "id": one.id,
            "tenant": one.tenant,
            "decision": one.decision,
            "kind": one.kind,
            "target": one.target,
            "made_at": one.made_at,
            "due_at": one.made_at,
            "tries": one.tries,
            "body": self._sealer.seal(one.body, _place(one.tenant, one.id)),
        }

    def _read(self, row: RowMapping) -> Message:
        names = ("id", "tenant", "decision", "kind", "target", "made_at", "tries")
        body = self._sealer.open(row["body"], _place(row["tenant"], row["id"]))
        return Message(**{name: row[name] for name in names}, body=body)


async def _taken(connection: AsyncConnection, row: RowMapping, now: datetime) -> bool:
    """Take a message for a while; of several gateways one alone does."""
    change = update(outbox).where(_COLUMN.id == row["id"], _COLUMN.due_at == row["due_at"])
    return (await connection.execute(change.values(due_at=now + LEASE))).rowcount == 1


def _place(tenant: str, message_id: str) -> str:
    return f"outbox\n{tenant}\n{message_id}"

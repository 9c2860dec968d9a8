"""What is stored in the transaction of a record, or neither of both is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.errors import DrawbarError
from memory.database import Database


class Overtaken(DrawbarError):
    """What a decision rests on was changed by another one before it was recorded."""


class Step(Protocol):
    """Something that happens along with a decision."""

    async def take(self, connection: AsyncConnection) -> None:
        """Store it, or raise `Overtaken`."""
        ...


@dataclass(frozen=True, slots=True)
class Along:
    """What happens along with something else: all of it in one transaction of the database."""

    database: Database
    steps: Sequence[Step]

    async def take(self, connection: AsyncConnection) -> None:
        """Store it in the transaction of that with which it happens."""
        for step in self.steps:
            await step.take(connection)

    async def first(self) -> None:
        """Store it before that which has no transaction here: at worst it alone happens."""
        async with self.database.write() as connection:
            await self.take(connection)

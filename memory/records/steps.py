"""What is stored in the transaction of a record, or neither of both is."""

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.errors import DrawbarError


class Overtaken(DrawbarError):
    """What a decision rests on was changed by another one before it was recorded."""


class Step(Protocol):
    """Something that happens along with a decision."""

    async def take(self, connection: AsyncConnection) -> None:
        """Store it, or raise `Overtaken`."""
        ...

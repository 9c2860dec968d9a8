"""So many questions at once, so many that wait, and no more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from dsl.model import Cause
from guards.judgement import NoJudgement

AT_ONCE: Final = 32
WAITING: Final = 64


class Turns:
    """Gives out turns; whoever would have to wait behind too many is told so at once."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._most = waiting
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it."""
        if self._turns.locked() and self._waiting >= self._most:
            raise NoJudgement(Cause.OVERLOAD)
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns.release()

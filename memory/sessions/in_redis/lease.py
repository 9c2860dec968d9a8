"""Holds locks in Redis for one turn. They run out by themselves unless their gateway goes on."""

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

from memory.sessions.in_redis import keys, scripts
from memory.sessions.in_redis.server import Server
from memory.sessions.store import NotKept, SessionsLost

LEASE_MS: Final = 10_000  # a gateway that is cut off in its turn keeps others waiting no longer
_QUEUE_MS: Final = 500  # a place in the queue of who no longer asks
_PAUSES_S: Final = (0.001, 0.002, 0.004, 0.008, 0.015)  # the last one again and again


class Lease:
    """Locks of one turn, all or none.

    What happens in the turn is stored only with all of them, and the script that stores it looks
    at them: so it does not matter who believes to have them.
    """

    def __init__(self, server: Server, names: Sequence[str]) -> None:
        self._server = server
        self.locks = keys.of_locks(names)
        self._queues = keys.of_queues(names)
        self.token = secrets.token_hex(12)
        self._ticket = 0
        self._asking: asyncio.Future[bool] | None = None
        self._going_on: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.given_back = False

    async def take(self) -> None:
        """Wait for the locks."""
        if not self.locks:
            return
        for pause in self._pauses():
            # Never cut off in the middle: Redis might have heard it.
            self._asking = asyncio.ensure_future(self._ask())
            if await asyncio.shield(self._asking):
                break
            await asyncio.sleep(pause)
        self._later()

    async def let_go(self) -> None:
        """Let the locks go, or leave them to run out where Redis cannot be told."""
        if self._timer is not None:
            self._timer.cancel()
        for running in (self._asking, self._going_on):
            if running is not None:
                await asyncio.gather(running, return_exceptions=True)
        if self.locks and not self.given_back:
            with suppress(NotKept, SessionsLost):
                where = (*self.locks, *self._queues)
                await self._server.ask(scripts.LET_GO, where, self.token, self._ticket)

    async def _ask(self) -> bool:
        where = (*self.locks, *self._queues)
        told = (self.token, LEASE_MS, self._ticket, _QUEUE_MS)
        self._ticket = await self._server.ask(scripts.TAKE, where, *told) or 0
        return self._ticket == 0

    @staticmethod
    def _pauses() -> Iterator[float]:
        yield from _PAUSES_S
        while True:
            yield _PAUSES_S[-1]

    def _later(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(LEASE_MS / 3_000, self._go_on)

    def _go_on(self) -> None:
        self._going_on = asyncio.ensure_future(self._gone_on())

    async def _gone_on(self) -> None:
        with suppress(NotKept, SessionsLost):
            if not await self._server.ask(scripts.GO_ON, self.locks, self.token, LEASE_MS):
                return  # another has them
        self._later()

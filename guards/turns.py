"""So many questions at once, so many that wait, and no more; tenants take turns."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from dsl.model import Cause
from guards.judgement import NoJudgement

AT_ONCE: Final = 32
A_TENANT: Final = 64
WAITING: Final = 512


class Turns:
    """Gives out turns; whoever would have to wait behind too many is told so at once."""

    def __init__(
        self, at_once: int = AT_ONCE, a_tenant: int = A_TENANT, waiting: int = WAITING
    ) -> None:
        self._free = at_once
        self._a_tenant = a_tenant
        self._most = waiting
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}  # the next tenant first

    @asynccontextmanager
    async def turn(self, tenant: str) -> AsyncIterator[bool]:
        """Wait for a turn and hold it; tell whether there was a wait."""
        waited = self._free == 0
        if waited:
            await self._wait(tenant)
        else:
            self._free -= 1
        try:
            yield waited
        finally:
            self._pass_on()

    async def _wait(self, tenant: str) -> None:
        queue = self._queues.get(tenant, ())
        if len(queue) >= self._a_tenant or sum(map(len, self._queues.values())) >= self._most:
            raise NoJudgement(Cause.OVERLOAD)
        turn = asyncio.get_running_loop().create_future()
        self._queues.setdefault(tenant, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it came just as nobody wanted it any more
                self._pass_on()
            else:
                self._leave(tenant, turn)
            raise

    def _leave(self, tenant: str, turn: asyncio.Future[None]) -> None:
        queue = self._queues.get(tenant)
        if queue is not None and turn in queue:
            queue.remove(turn)
            if not queue:
                del self._queues[tenant]

    def _pass_on(self) -> None:
        """Give a turn to the tenant that is next; it then stands behind the others."""
        while self._queues:
            tenant = next(iter(self._queues))
            queue = self._queues.pop(tenant)
            turn = queue.popleft()
            if queue:
                self._queues[tenant] = queue
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

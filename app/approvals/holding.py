"""Holding a request until people decided, without holding anything else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import structlog

from app.telemetry import Metrics
from memory.approvals.store import Approvals
from memory.database import FAULTS

POLL_S: Final = 0.5  # between two looks for what was decided at another gateway
Gone = Callable[[], Awaitable[bool]]
log = structlog.get_logger("drawbar.approvals")


class Holds:
    """The requests of one gateway that wait for people, so many and no more.

    What is decided here wakes them at once. What is decided at another gateway is found by one
    look at the store for all of them, every `POLL_S` seconds.
    """

    def __init__(
        self, approvals: Approvals, most: int, now: Callable[[], datetime], metrics: Metrics
    ) -> None:
        self._approvals = approvals
        self._most = most
        self._now = now
        self._metrics = metrics
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._number = 0
        self._looking: asyncio.Task[None] | None = None
        self._opened = True

    def __len__(self) -> int:
        """Return how many requests are held."""
        return self._number

    async def until_decided(self, approval: str, seconds: float, gone: Gone) -> bool:
        """Wait until an approval waits no longer; tell whether it does not.

        Whoever comes when there are as many as may be is not held. Where the caller goes away
        it was not decided for that one, whatever people say.
        """
        if self._number >= self._most or seconds <= 0 or not self._opened:
            return False
        with self._held(approval) as woken:
            loop = asyncio.get_running_loop()
            until = loop.time() + seconds
            while not woken.is_set() and (left := until - loop.time()) > 0:
                await _wait(woken, min(left, POLL_S))
                if await gone():
                    return False
        return woken.is_set()

    @contextmanager
    def _held(self, approval: str) -> Iterator[asyncio.Event]:
        woken = asyncio.Event()
        self._waiting.setdefault(approval, set()).add(woken)
        self._number += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="approvals watch")
        try:
            yield woken
        finally:
            self._number -= 1
            self._waiting[approval].discard(woken)
            if not self._waiting[approval]:
                del self._waiting[approval]

    def wake(self, approval: str) -> None:
        """Let those go on who wait for an approval that was decided."""
        for one in self._waiting.get(approval, ()):
            one.set()

    async def _look(self) -> None:
        """Look at the store as long as anybody waits."""
        while self._waiting:
            await asyncio.sleep(POLL_S)
            async for one in self._decided():
                self.wake(one)

    async def _decided(self) -> AsyncIterator[str]:
        waiting = list(self._waiting)
        try:
            for one in await self._approvals.decided(waiting, self._now()) if waiting else ():
                yield one
        except FAULTS as error:
            self._metrics.faults.labels("none", "approvals").inc()
            log.warning("approvals cannot be looked at", cause=type(error).__name__)

    async def close(self) -> None:
        """Hold nobody any longer: who waits is answered as things stand."""
        self._opened = False
        for approval in list(self._waiting):
            self.wake(approval)
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(woken.wait(), seconds)
    except TimeoutError:
        return

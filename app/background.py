"""Work that goes on beside requests, and ends when the gateway does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog

log = structlog.get_logger("drawbar.background")
PATIENCE_S: Final = 3.0  # to finish what was begun; a connection that is cut off stays half used


class Stop(asyncio.Event):
    """Set once the gateway stops."""

    async def within(self, seconds: float) -> None:
        """Wait for some time, or until the gateway stops."""
        try:
            await asyncio.wait_for(self.wait(), seconds)
        except TimeoutError:
            return


def _tell(ended: "asyncio.Future[None]", name: str) -> None:
    """Say that some work ended by a defect: nobody waits for it, so nobody else would."""
    if not ended.cancelled() and (error := ended.exception()) is not None:
        log.error("work beside requests ended", work=name, fault=type(error).__name__)


@asynccontextmanager
async def background(work: Callable[[Stop], Awaitable[None]], name: str) -> AsyncIterator[None]:
    """Let some work go on while it is entered; it looks at `Stop` between its steps."""
    stop = Stop()
    task = asyncio.ensure_future(work(stop))
    task.add_done_callback(lambda ended: _tell(ended, name))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({task}, timeout=PATIENCE_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

"""Where drafts are looked at: off the event loop, one at a time, and not for ever."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from app.problems import Problem

T = TypeVar("T")
WORK_S: Final = 20.0
WAIT_S: Final = 10.0


class Workbench:
    """Does one piece of work at a time, so that drafts never take much from decisions.

    Work that is given up on goes on in its thread, and nothing else is begun before it ends.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(1)

    async def __call__(self, work: Callable[[], T]) -> T:
        """Return what some work comes to, or refuse with 503 where it takes too long."""
        try:
            async with asyncio.timeout(WAIT_S):
                await self._free.acquire()
        except TimeoutError as error:
            raise Problem(503, "busy", "other policies are being looked at; try again") from error
        task = asyncio.ensure_future(asyncio.to_thread(work))
        task.add_done_callback(self._done)
        try:
            async with asyncio.timeout(WORK_S):
                return await asyncio.shield(task)
        except TimeoutError as error:
            words = f"the policies could not be looked at within {WORK_S:.0f} seconds"
            raise Problem(503, "too_slow", words) from error

    def _done(self, task: "asyncio.Future[T]") -> None:
        self._free.release()
        if not task.cancelled():
            task.exception()  # who waited has it, and where nobody does it is not to be told

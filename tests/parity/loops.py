"""Event loops that turn beside the tests."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")
PATIENCE_S: Final = 120.0


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._turn, daemon=True)
        self._thread.start()
        self._held: list[Held[Any]] = []

    def _turn(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        self._stop = asyncio.Event()
        await self._stop.wait()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work in it, and return what it comes to."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def hold(self, made: AbstractAsyncContextManager[T]) -> T:
        """Enter something in a task of its own, which leaves it when the loop is closed."""
        held = Held(made)
        self._held.append(held)
        return self.run(held.entered())

    def close(self) -> None:
        """Leave what was entered, the last first, and stop."""
        for one in reversed(self._held):
            self.run(one.left())
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)


class Held(Generic[T]):
    """Something entered; clients of the MCP SDK must be left in the task that entered them."""

    def __init__(self, made: AbstractAsyncContextManager[T]) -> None:
        self._made = made

    async def entered(self) -> T:
        loop = asyncio.get_running_loop()
        self._leave = asyncio.Event()
        ready: asyncio.Future[T] = loop.create_future()
        self._task = loop.create_task(self._hold(ready))
        await asyncio.wait((ready, self._task), return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            await self._task
        return ready.result()

    async def _hold(self, ready: "asyncio.Future[T]") -> None:
        async with self._made as found:
            ready.set_result(found)
            await self._leave.wait()

    async def left(self) -> None:
        self._leave.set()
        await asyncio.gather(self._task, return_exceptions=True)

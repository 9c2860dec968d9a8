"""Waits for something for so long at most, and makes a timer only where there is a wait at all.

Most of what a decision might wait for is there already: a body that came with its head, a session
that nobody holds, a place in the queue of records. A timer for each costs more than they do.
"""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return what work comes to, or raise `TimeoutError`, in the same task.

    What never waits is never interrupted, as ever in an event loop: whoever must not begin late
    looks at the time beforehand.
    """
    until = asyncio.get_running_loop().time() + seconds
    try:
        waits = work.send(None)
    except StopIteration as ended:
        found: T = ended.value
        return found
    async with asyncio.timeout_at(until):
        return await _Rest(work, waits)


class _Rest(Generator[Any, Any, T]):
    """What is left of work that was begun, and waits for something."""

    def __init__(self, work: Coroutine[Any, Any, T], waits: Any) -> None:
        self._work = work
        self._begun = [waits]

    def __await__(self) -> Generator[Any, Any, T]:
        """Go on with it."""
        return self

    def send(self, value: Any) -> Any:
        """Hand on what it waits for, first what that was when it was begun."""
        return self._begun.pop() if self._begun else self._work.send(value)

    def throw(self, *error: Any) -> Any:
        """Let it hear what is raised where it waits, such as that it is cancelled."""
        return self._work.throw(*error)

"""Calls of one connection are decided one by one, in the order in which they came."""

import asyncio


class Ticket:
    """A place in the row: it comes up when the one before is done."""

    def __init__(self, before: asyncio.Event | None, mine: asyncio.Event) -> None:
        self._before = before
        self._mine = mine

    async def come_up(self) -> None:
        """Wait for those who came before."""
        before, self._before = self._before, None
        if before is not None:
            await before.wait()

    def done(self) -> None:
        """Let the next one come up; once is enough."""
        self._mine.set()


class Turns:
    """The row of one connection."""

    def __init__(self) -> None:
        self._last: asyncio.Event | None = None

    def ticket(self) -> Ticket:
        """Take the next place."""
        before, mine = self._last, asyncio.Event()
        self._last = mine
        return Ticket(before, mine)

"""Calls of one connection are decided one by one, in the order in which they came."""

import asyncio
from collections import deque


class Ticket:
    """A place in the row: it comes up when all before it are done."""

    def __init__(self, row: "deque[Ticket]") -> None:
        self._row = row
        self._up = asyncio.Event()
        self._is_done = False
        row.append(self)
        self._go_on()

    async def come_up(self) -> None:
        """Wait for those who came before."""
        await self._up.wait()

    def done(self) -> None:
        """Let the next one come up, once all before it are done too; once is enough."""
        self._is_done = True
        self._go_on()

    def _go_on(self) -> None:
        while self._row and self._row[0]._is_done:  # noqa: SLF001 - of its own kind
            self._row.popleft()
        if self._row:
            self._row[0]._up.set()  # noqa: SLF001 - of its own kind


class Turns:
    """The row of one connection."""

    def __init__(self) -> None:
        self._row: deque[Ticket] = deque()

    def ticket(self) -> Ticket:
        """Take the next place."""
        return Ticket(self._row)

"""Hears what is announced: woken by the store where it can do that, and by looking every second.

What wakes is only a hint. What counts is the number of a topic in the store, so that a message
that is lost, or a connection that died, costs a second and nothing else.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.errors import DrawbarError
from memory.announcing.announce import CHANNEL, Topic, begin, number_of
from memory.database import FAULTS, Database, StoreError
from memory.faults import cause
from memory.tables import announcements

POLL_S: Final = 1.0
ANSWER_S: Final = 5.0
Heeding = Callable[[], Awaitable[None]]


class Announcements:
    """Calls who heeds a topic whenever that was announced, and once when it is first heard of.

    Who heeds reads the store itself. If that raises, it is called again at the next look.
    `unheard` is told why, once for each time in which nothing can be heard.
    """

    def __init__(self, database: Database, unheard: Callable[[str], object]) -> None:
        self._database = database
        self._unheard = unheard
        self._heeding: dict[str, list[Heeding]] = {}
        self._heard: dict[str, int] = {}
        self._woken = asyncio.Event()
        self._turn = asyncio.Lock()
        self._line: AsyncConnection | None = None
        self._looked_at: float | None = None
        self._well = True

    def heed(self, topic: Topic, heeding: Heeding) -> None:
        """Have something called when a topic is announced."""
        self._heeding.setdefault(str(topic), []).append(heeding)

    def silent_s(self) -> float:
        """Return for how long nothing could be heard; without end before the first look."""
        return float("inf") if self._looked_at is None else time.monotonic() - self._looked_at

    @property
    def lines(self) -> int:
        """Return how many connections to the store it keeps for itself."""
        return 0 if self._line is None else 1

    async def begin(self, *topics: Topic) -> None:
        """Have a number for topics of which nothing was announced yet."""
        async with self._database.write() as connection:
            for topic in topics:
                await begin(connection, topic)

    async def number(self, topic: Topic) -> int:
        """Return the number of a topic; what is read of it after that is as new, or newer."""
        async with self._database.read() as connection:
            return await number_of(connection, topic)

    async def look(self) -> None:
        """Hear now what was announced before; raises where the store or who heeds does."""
        called = time.monotonic()
        async with self._turn:
            if self._looked_at is not None and self._looked_at > called:
                return  # whoever had the turn before looked for us too
            began = time.monotonic()
            for topic, number in (await self._numbers()).items():
                if self._heard.get(topic) != number:
                    for heeding in self._heeding.get(topic, ()):
                        await heeding()
                    self._heard[topic] = number
            self._looked_at = began

    async def listen(self, stop: asyncio.Event) -> None:
        """Hear until told to stop."""
        try:
            while not stop.is_set():
                self._woken.clear()
                await self._once()
                await self._woken_or_bored(stop)
        finally:
            await self._hang_up()

    async def _once(self) -> None:
        """Look, also where no line is to be had: the store may answer all the same."""
        faults = [await self._tried(step) for step in (self._pick_up, self.look)]
        found = [one for one in faults if one is not None]
        if found and self._well:
            self._unheard(_said(found[0]))
        self._well = not found

    async def _tried(self, step: Heeding) -> Exception | None:
        try:
            await step()
        except (*FAULTS, TimeoutError, DrawbarError) as error:
            await self._hang_up()
            return error
        return None

    async def _numbers(self) -> Mapping[str, int]:
        async with asyncio.timeout(ANSWER_S), self._database.read() as connection:
            rows = await connection.execute(select(announcements.c.topic, announcements.c.number))
            return {row.topic: row.number for row in rows}

    async def _woken_or_bored(self, stop: asyncio.Event) -> None:
        waits = {asyncio.ensure_future(one.wait()) for one in (self._woken, stop)}
        await asyncio.wait(waits, timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()

    async def _pick_up(self) -> None:
        """Hold a connection on which a shared store wakes this gateway, if none is held."""
        if not self._database.shared:
            return
        if self._line is not None and not (await _driver(self._line)).is_closed():
            return
        await self._hang_up()
        async with asyncio.timeout(ANSWER_S):
            self._line = await self._database.engine.connect()
            await _listen(await _driver(self._line), self._wake)

    def _wake(self, *_told: object) -> None:
        self._woken.set()

    async def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is None:
            return
        with suppress(*FAULTS, TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                await line.invalidate()  # it still listens: nobody else is to have it
                await line.close()


async def _driver(line: AsyncConnection) -> Any:
    """Return the connection as asyncpg knows it."""
    return (await line.get_raw_connection()).driver_connection


async def _listen(driver: Any, woken: Callable[..., None]) -> None:
    from asyncpg import (  # type: ignore[import-untyped]  # noqa: PLC0415 - PostgreSQL alone has it
        InterfaceError,
        PostgresError,
    )

    try:
        await driver.add_listener(CHANNEL, woken)
    except (InterfaceError, PostgresError) as error:
        raise StoreError("the store does not say when something changes") from error


def _said(error: Exception) -> str:
    return "time-out" if isinstance(error, TimeoutError) else cause(error)

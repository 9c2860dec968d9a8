"""Policies from the store: what was published last, taken up as soon as that is heard of."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Final

from app.policy.policies import EMPTY, Trees
from app.policy.revising import restored
from app.sources.source import Fresh
from dsl.errors import DrawbarError, hindered
from memory.database import StoreError
from memory.publishing.publication import PublicationFault
from memory.publishing.published import Published, Released
from memory.revisions.revision import Texts

LOOK_S: Final = 3.0
NOTHING: Final = Fresh(EMPTY, Texts((), ()))


class PublishedSource:
    """Reads the newest publication when that is announced, and looks every few seconds too.

    A number that was taken up never goes back while a gateway runs: to roll back is to publish.
    """

    def __init__(self, published: Callable[[], Published], trees: Trees | None = None) -> None:
        self._published = published
        self._trees = trees
        self._woken = asyncio.Event()
        self._seen: int | None = None  # the number that was read last; None: read it in any case
        self._highest = 0

    @property
    def place(self) -> str:
        """Name it for people."""
        return "the store, into which `drawbar policy push FOLDER --publish` brings policies"

    async def told(self) -> None:
        """Hear that something was published."""
        self._woken.set()

    async def read(self) -> Fresh:
        """Return what is published, once its signatures and its digest were found to be right."""
        self._seen = None
        number = await self._published().number()
        try:
            found = await self._published().newest()
            if found is not None:
                number = found.publication.number
            fresh = NOTHING if found is None else await asyncio.to_thread(self._policies, found)
        except (DrawbarError, ValueError) as error:
            if not (isinstance(error, StoreError) or hindered(error)):
                self._seen = number  # it will not be right by being read again
            raise
        if number < self._highest:
            words = f"publication {self._highest} was taken up, and the store has {number} now"
            raise PublicationFault(f"{words}: a publication is gone")
        self._seen = self._highest = number
        return fresh

    def _policies(self, found: Released) -> Fresh:
        return Fresh(restored(found.revision, self._trees, learned=False), found.revision.texts)

    def again(self) -> None:
        """Count what was read last as a change."""
        self._seen = None

    async def changes(self, stop: asyncio.Event) -> AsyncGenerator[None]:
        """Yield whenever something else is published than what was read."""
        while not stop.is_set():
            await self._woken_or_bored(stop)
            if not stop.is_set() and await self._published().number() != self._seen:
                yield

    async def _woken_or_bored(self, stop: asyncio.Event) -> None:
        waits = {asyncio.ensure_future(one.wait()) for one in (self._woken, stop)}
        await asyncio.wait(waits, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()
        self._woken.clear()

"""The calls of one tenant as vectors, filled from the store step by step."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.engine import RowMapping

from memory.learning.cases import SETTLED
from memory.similar.hashed import Hashed, Numbers
from memory.similar.index import MOST, Index, Near, Row
from memory.similar.reading import PAGE, Kept, Reading
from memory.similar.text import alike, parts

MOST_REPORTED: Final = 20_000  # of one tenant, beside its newest calls
_TURN: Final = 10  # calls that are taken in before others have their turn
GoOn = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Found:
    """Calls with the same arguments: the newest of them, and those that were reported."""

    near: Near
    reported: Sequence[str]


class Shelf:
    """What the calls of one tenant are compared by: its newest, and those that were reported."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.whole = False
        self.hashed = Hashed()
        self._calls = Index(MOST)
        self._reported = Index(MOST_REPORTED)
        self._asked = set[str]()  # those that were reported and were looked for
        self._top: RowMapping | None = None
        self._bottom: RowMapping | None = None

    def __len__(self) -> int:
        return len(self._calls) + len(self._reported)

    @property
    def size(self) -> int:
        """Return how many bytes the vectors take, with what is known beside them."""
        return self._calls.size + self._reported.size

    @property
    def looked_at(self) -> int:
        """Return how many of the newest calls are there."""
        return len(self._calls)

    async def fill(
        self, reading: Reading, reported: Collection[str], now: datetime, go_on: GoOn
    ) -> None:
        """Take in what is not there yet: what was reported, what is new, and what is older."""
        for index in (self._calls, self._reported):
            await asyncio.to_thread(index.drop, now)
        until = now - SETTLED
        await self._take_reported(reading, reported, now, go_on)
        await self._take_newer(reading, until, now, go_on)
        await self._take_older(reading, until, now, go_on)

    def nearest(
        self, query: Numbers, many: int, but: Collection[str], *, reported: bool
    ) -> list[Found]:
        """Return the nearest calls, best first; with `reported` those alone that were."""
        found: dict[int, Near] = {}
        for index in (self._reported,) if reported else (self._reported, self._calls):
            for one in index.nearest(query, many, but):
                known = found.get(one.alike)
                if known is None or (known.times, known.at) < (one.times, one.at):
                    found[one.alike] = one
        best = sorted(found.values(), key=lambda one: (-one.score, -one.at))[:many]
        return [Found(one, self._reported.named(one.alike)) for one in best]

    async def _take_reported(
        self, reading: Reading, reported: Collection[str], now: datetime, go_on: GoOn
    ) -> None:
        new = [one for one in [*reported][-MOST_REPORTED:] if one not in self._asked]
        for at in range(0, len(new), PAGE):
            if not go_on():
                return
            some = new[at : at + PAGE]
            await self._put(self._reported, await reading.named(self.tenant, some, now))
            self._asked.update(some)

    async def _take_newer(
        self, reading: Reading, until: datetime, now: datetime, go_on: GoOn
    ) -> None:
        while self._top is not None and go_on():
            page = await reading.after(self.tenant, until, self._top, now)
            await self._put(self._calls, page.calls)
            self._top = page.last or self._top
            if not page.more:
                return

    async def _take_older(
        self, reading: Reading, until: datetime, now: datetime, go_on: GoOn
    ) -> None:
        self.whole = self.whole and self._top is not None  # where nothing was, something may be
        while not self.whole and go_on():
            page = await reading.before(self.tenant, until, self._bottom, now)
            await self._put(self._calls, page.calls)
            self._top = self._top or page.first
            self._bottom = page.last or self._bottom
            self.whole = not page.more or len(self._calls) >= MOST

    async def _put(self, index: Index, calls: Sequence[Kept]) -> None:
        for at in range(0, len(calls), _TURN):
            some = calls[at : at + _TURN]
            rows = [
                Row(one.case.decision_id, one.case.at, one.expires, alike(one.case)) for one in some
            ]
            index.add(rows, self.hashed.vectors([parts(one.case) for one in some]))
            await asyncio.sleep(0)

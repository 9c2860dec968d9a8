"""Looks for earlier calls like one. What it compares by lies in memory alone, and never for long.

The vectors give away what they were made of, so they are treated as evidence is: they are made of
what can still be opened, and let go with the first erasure that is heard of. No store holds them.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from memory.database import Database
from memory.evidence.vault import Vault
from memory.induction.case import Case
from memory.records.act import ActRecord
from memory.records.acting import note
from memory.similar.hashed import WIDE, Hashed, Numbers, unit
from memory.similar.reading import Kept, Reading
from memory.similar.shelf import Found, GoOn, Shelf
from memory.similar.text import parts, shown

FILL_S: Final = 20.0  # for which one look takes calls in, at most
IDLE_S: Final = 3_600.0  # after which everything is let go
MOST_HELD: Final = 200_000  # calls of all tenants together
MOST_TENANTS: Final = 64
CANDIDATES: Final = 32  # that are opened, to put the best of them in order
_TRIES: Final = 3  # where something is erased meanwhile
_STEPS: Final = 1_024
_OF_MEANING: Final = 8  # calls, the newest: each takes an encoder many milliseconds

# Turns texts into vectors of length 1, as rows; it may take long.
ByMeaning = Callable[[Sequence[str]], Numbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for: calls like these, and others than those that are left out.

    `reported` are all that people said something of, the newest last; with `only_reported` no
    others are found.
    """

    tenant: str
    decisions: Sequence[str]
    reported: Collection[str]
    left_out: Collection[str]
    limit: int
    only_reported: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """Calls with the same arguments: the newest, how near, how many, and which were reported."""

    case: Case
    score: float
    times: int
    reported: Sequence[str]

    @property
    def call(self) -> str:
        """Return it as a person sees it."""
        return shown(self.case)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found among so many calls; `known`: whether anything is kept of what was meant."""

    known: bool
    looked_at: int
    complete: bool
    calls: Sequence[Like] = ()


class Similar:
    """The calls of one store, compared for people."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        by_meaning: ByMeaning | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._by_meaning = by_meaning
        self._clock = clock
        self._database = database
        self._vault = vault
        self._reading = Reading(database, vault)
        self._shelves: OrderedDict[str, Shelf] = OrderedDict()
        self._busy = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None
        self._wide = Hashed(WIDE)
        vault.heeding.append(self.forget)

    @property
    def held(self) -> int:
        """Return how many calls are held."""
        return sum(map(len, self._shelves.values()))

    def forget(self) -> None:
        """Let go of all that was made of calls."""
        self._shelves.clear()

    async def look(self, wanted: Wanted, now: datetime) -> Looked:
        """Return the calls that are nearest; nothing of it may be shown before it is noted."""
        async with self._busy:  # one at a time: decisions go on beside it
            try:
                shelf = await self._filled(wanted, now)
                asked = await self._reading.named(wanted.tenant, wanted.decisions, now)
                asked.sort(key=lambda one: (one.case.at, one.case.decision_id))
                found = await asyncio.to_thread(_nearest, shelf, wanted, asked)
            finally:
                self._stay()
        calls = await self._in_order(wanted, asked, found, now) if asked else ()
        return Looked(bool(asked), shelf.looked_at, shelf.whole, calls)

    async def write_down(self, done: ActRecord) -> None:
        """Store who looks, and at what."""
        async with self._database.write() as connection:
            await note(connection, done)

    async def _filled(self, wanted: Wanted, now: datetime) -> Shelf:
        """Return the calls of a tenant, as far as they could be taken in in time."""
        end = self._clock() + FILL_S
        for _ in range(_TRIES):
            await self._vault.refresh()
            shelf = self._shelf(wanted.tenant)

            def go_on(shelf: Shelf = shelf) -> bool:
                return self._is_held(shelf) and self._clock() < end

            await self._fill(shelf, wanted, now, go_on)
            if self._is_held(shelf):
                break
        self._make_room()
        return shelf

    async def _fill(self, shelf: Shelf, wanted: Wanted, now: datetime, go_on: GoOn) -> None:
        """Take calls in; where that is broken off all is begun anew, so no call is there twice."""
        filled = False
        try:
            await shelf.fill(self._reading, wanted.reported, now, go_on)
            filled = True
        finally:
            if not filled:
                self._shelves.pop(shelf.tenant, None)

    async def _in_order(
        self, wanted: Wanted, asked: Sequence[Kept], found: Sequence[Found], now: datetime
    ) -> tuple[Like, ...]:
        """Return what can still be opened of some calls, the most alike first."""
        names = [one.near.decision for one in found]
        kept = {
            one.case.decision_id: one.case
            for one in await self._reading.named(wanted.tenant, names, now)
        }
        there = [one for one in found if one.near.decision in kept]
        cases = [kept[one.near.decision] for one in there]
        scores = await self._scores([one.case for one in asked], cases)
        calls = [
            Like(case, score, one.near.times, one.reported)
            for one, case, score in zip(there, cases, scores, strict=True)
        ]
        return tuple(sorted(calls, key=_order)[: wanted.limit])

    async def _scores(self, asked: Sequence[Case], cases: Sequence[Case]) -> list[float]:
        """Return how near calls are to the middle of those that were asked about."""
        if not cases:
            return []
        if self._by_meaning is None:
            return await asyncio.to_thread(self._by_text, asked, cases)
        newest = asked[-_OF_MEANING:]
        texts = [shown(one) for one in (*newest, *cases)]
        vectors = await asyncio.to_thread(self._by_meaning, texts)
        return _scored(vectors[: len(newest)], vectors[len(newest) :])

    def _by_text(self, asked: Sequence[Case], cases: Sequence[Case]) -> list[float]:
        some, others = ([parts(one) for one in calls] for calls in (asked, cases))
        return _scored(self._wide.vectors(some), self._wide.vectors(others))

    def _is_held(self, shelf: Shelf) -> bool:
        """Tell whether nothing was erased since a shelf was begun."""
        return self._shelves.get(shelf.tenant) is shelf

    def _shelf(self, tenant: str) -> Shelf:
        shelf = self._shelves.setdefault(tenant, Shelf(tenant))
        self._shelves.move_to_end(tenant)
        return shelf

    def _make_room(self) -> None:
        """Let go of the tenants that were asked about longest ago, where all are too many."""
        while len(self._shelves) > 1 and (
            self.held > MOST_HELD or len(self._shelves) > MOST_TENANTS
        ):
            self._shelves.popitem(last=False)

    def _stay(self) -> None:
        """Keep what is there for a while; then it goes, unless somebody looks again."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE_S, self.forget)


def _nearest(shelf: Shelf, wanted: Wanted, asked: Sequence[Kept]) -> Sequence[Found]:
    """Return what is near the middle of some calls: of many great ones, not on the event loop."""
    if not asked:
        return ()
    query = _middle(shelf.hashed.vectors([parts(one.case) for one in asked]))
    return shelf.nearest(query, CANDIDATES, wanted.left_out, reported=wanted.only_reported)


def _middle(vectors: Numbers) -> Numbers:
    """Return the middle of some calls, each with the same weight."""
    whole = np.rint(vectors.astype(np.float64) * _STEPS)
    found: Numbers = unit(whole.sum(axis=0, keepdims=True))[0]
    return found


def _scored(asked: Numbers, others: Numbers) -> list[float]:
    query = _middle(asked).astype(np.float64)
    scores = (others.astype(np.float64) * query).sum(axis=1)
    found: list[float] = np.round(np.maximum(0, scores), 4).tolist()
    return found


def _order(one: Like) -> tuple[float, float, str]:
    return -one.score, -one.case.at.timestamp(), one.case.decision_id

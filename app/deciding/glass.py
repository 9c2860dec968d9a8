"""Which glass is broken, as this gateway knows it: where anything is unclear, none is.

A change is announced to every gateway on the store. What was not heard of for a while, what another
hand wrote, and what was confirmed of other policies than are in force now, breaks nothing: the
policies that judge in ordinary times do so then. A sidecar hears of it in its bundles.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import structlog

from app.background import Stop, background
from app.binding.standing_by import StandIn
from app.bundles import interventions
from app.bundles.interventions import Broken
from app.deciding.freezing import UNHEARD_S
from app.policy.policy_set import PolicySet
from dsl.errors import DrawbarError
from dsl.model import Decision, Effect, Reason, ReasonCode
from memory.announcing.announce import Topic
from memory.announcing.listening import Announcements
from memory.database import FAULTS
from memory.faults import cause
from memory.glass.glass import Glass
from memory.glass.store import Glasses, Kept

if TYPE_CHECKING:
    from app.sending.notices import Notices

EVERY_S: Final = 1.0
log = structlog.get_logger("drawbar.glass")


class HeededGlass:
    """Knows which glass is broken, as somebody said who must have been heard lately."""

    def __init__(self, hears: Callable[[], bool], now: Callable[[], datetime]) -> None:
        self._hears = hears
        self._now = now
        self._broken: Mapping[str, Glass] = {}
        # When each is over by the clock that nobody can set: one that was set back adds no time.
        self._ends: dict[str, float] = {}

    async def read(self) -> None:
        """Read again what is broken, where that is kept here."""

    def told(self) -> Broken | None:
        """Return what is broken as sidecars are told, or None where that is not known."""
        return None

    def take(self, heeded: Iterable[Glass], beside: Iterable[Glass] = ()) -> None:
        """Know what is broken from now on; of what is `beside` that, only when it is over."""
        newest_first = sorted(heeded, key=lambda one: one.id, reverse=True)
        broken = {one.id: one for one in newest_first}
        now, ticks = self._now(), time.monotonic()
        ends: dict[str, float] = {}
        for one in (*broken.values(), *beside):
            end = ticks + (one.until - now).total_seconds()
            ends[one.id] = min(end, self._ends.get(one.id, end))
        self._broken, self._ends = broken, ends

    def broken(self, policies: PolicySet, tenant: str, now: datetime) -> tuple[StandIn, ...]:
        """Return what judges in place of what for calls of a tenant, where nothing is unclear."""
        if not self._broken:
            return ()
        lasting = (one for one in self.lasting(now) if one.covers(tenant))
        return tuple(
            StandIn(one.id, one.policy, one.stand_in)
            for one in lasting
            if policies.stand_in_for(one.policy) == (one.stand_in, one.stand_in_digest)
        )

    def lasting(self, now: datetime) -> list[Glass]:
        """Return what is broken at a moment, the newest first."""
        if not self._hears():
            return []
        return [one for one in self._broken.values() if self._lasts(one, now)]

    def _lasts(self, one: Glass, now: datetime) -> bool:
        return one.lasts(now) and not self._is_over(one, now)

    def _is_over(self, one: Glass, now: datetime) -> bool:
        return one.until <= now or time.monotonic() >= self._ends[one.id]

    def over(self, policies: PolicySet, now: datetime) -> Reason | None:
        """Say why nothing passes that stand-ins let through: their glass is whole again."""
        if not policies.stood_in:
            return None
        lasting = {one.id for one in self.lasting(now)}
        if gone := next((one for one in policies.stood_in if one.glass not in lasting), None):
            detail = f"`{gone.stand_in}` stands in for `{gone.policy}` no longer; ask again"
            return Reason(ReasonCode.BREAK_GLASS, Effect.DENY, detail=detail)
        return None

    def number(self) -> int:
        """Return how much is broken now."""
        return len(self.lasting(self._now()))

    def running(self, notices: "Notices", name: str) -> AbstractAsyncContextManager[None]:
        """Note what is over while it is entered, where that is kept here."""
        return nullcontext()


class BrokenGlass(HeededGlass):
    """Knows which glass is broken in a store; what is over is noted once, by one gateway of it."""

    def __init__(
        self, glasses: Glasses, announcements: Announcements, now: Callable[[], datetime]
    ) -> None:
        super().__init__(lambda: announcements.silent_s() < UNHEARD_S, now)
        self._glasses = glasses
        self._announcements = announcements
        self._kept: Sequence[Kept] = ()
        self._told: Broken | None = None
        self._reading = asyncio.Lock()
        announcements.heed(Topic.GLASS, self.read)

    async def read(self) -> None:
        """Read again what is broken; what was read earlier never stands in the place of this."""
        async with self._reading:
            number = await self._announcements.number(Topic.GLASS)
            found = await self._glasses.broken()
            for one in found:
                if not one.sealed and one.glass.id not in self._ends:
                    log.error("broken glass is not heeded, no gateway wrote it", glass=one.glass.id)
            heeded = [one.glass for one in found if one.sealed]
            self.take(heeded, (one.glass for one in found if not one.sealed))
            self._kept, self._told = found, interventions.broken(number, heeded)

    def told(self) -> Broken | None:
        """Return what is broken as sidecars are told, or None while that is not known."""
        return self._told if self._hears() else None

    def running(self, notices: "Notices", name: str) -> AbstractAsyncContextManager[None]:
        """Note what is over, while it is entered."""

        async def watch(stop: Stop) -> None:
            while not stop.is_set():
                await self._note_over(notices, name)
                await stop.within(EVERY_S)

        return background(watch, "broken glass")

    async def _note_over(self, notices: "Notices", name: str) -> None:
        now = self._now()
        over = [one for one in self._kept if one.sealed and self._is_over(one.glass, now)]
        try:
            for one in over:
                at = max(now, one.glass.until)  # a clock that was set back says another time
                await self._glasses.lapse(one, name, at, notices.glass(one.glass, "over", at))
            if over:
                await self.read()
        except (DrawbarError, *FAULTS, TimeoutError) as error:
            log.warning("glass that is whole again cannot be noted", cause=cause(error))


def told(decision: Decision, policies: PolicySet) -> Decision:
    """Say in a decision which policies judged in place of others, if any did."""
    if not policies.stood_in:
        return decision
    verdict = decision.verdict
    said = () if verdict.code is ReasonCode.BREAK_GLASS else _reasons(policies, decision.effect)
    names = tuple(dict.fromkeys(one.glass for one in policies.stood_in))
    return replace(
        decision, verdict=replace(verdict, reasons=(*verdict.reasons, *said)), glass=names
    )


def _reasons(policies: PolicySet, effect: Effect) -> list[Reason]:
    """Return a reason for each policy that judged in place of another."""
    return [
        Reason(
            ReasonCode.BREAK_GLASS,
            effect,
            policy=one.stand_in,
            detail=f"`{one.stand_in}` judged in place of `{one.policy}` ({one.glass})",
        )
        for one in policies.stood_in
    ]

"""Policies from a signed bundle, which is looked for again and again; the last good one is kept."""

import asyncio
import os
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.bundles.bundle import SKEW, Bundle, BundleFault, OutOfTime, Stamp
from app.bundles.carrying import Carrier
from app.bundles.freshness import Freshness
from app.bundles.heard import Heard
from app.bundles.interventions import Interventions
from app.bundles.opening import file_content, policies_of, put_file
from app.bundles.reading import in_time, signed_by
from app.policy.policies import Trees
from app.sources.source import Fresh
from dsl.errors import hindered

KEPT: Final = "bundle.kept"
JITTER: Final = 0.2  # of the time between two looks, either way
log = structlog.get_logger("drawbar.bundles")


@dataclass(frozen=True, slots=True)
class _Read:
    """A bundle that was believed, with its policies."""

    raw: bytes
    bundle: Bundle
    stamp: Stamp
    fresh: Fresh

    @property
    def digest(self) -> str:
        """Return the digest of its policies."""
        return self.bundle.digest


@dataclass(frozen=True, slots=True)
class Terms:
    """Whose bundles are believed, where the last one is kept, and how often one looks.

    `trees` knows policies that were read before.
    """

    trusted: Sequence[Ed25519PublicKey]
    kept: Path
    poll_s: float
    trees: Trees | None = None


class BundleSource:
    """Believes what is signed, in time, and no older than what was taken up before.

    What was taken up is kept in a file, with which a sidecar starts where nobody can be asked.
    The file's time says when the bundle was last found to be the newest. Who is frozen and what is
    broken is `heard` apart from that, before policies are looked at.
    """

    def __init__(
        self,
        carrier: Carrier,
        terms: Terms,
        freshness: Freshness,
        count: Callable[[str], None],
        now: Callable[[], datetime],
    ) -> None:
        self._carrier = carrier
        self._trusted = terms.trusted
        self._kept = terms.kept
        self._poll_s = terms.poll_s
        self._trees = terms.trees
        self.freshness = freshness
        self.heard = Heard(terms.kept.parent)
        self._count = count
        self._now = now
        self.in_force: Callable[[], str | None] = lambda: None  # the digest of what decides
        self._floor: _Read | None = None  # taken up last; nothing older is believed
        self._newest: _Read | None = None
        self._on_disk: bytes | None = None
        self._refused: BundleFault | None = None
        self._again: bytes | None = None  # what was refused for a reason that may pass
        self._untold = False  # that a bundle was refused, as one that is kept was to decide first
        self._began = False
        self._well = True

    @property
    def place(self) -> str:
        """Name it for people."""
        return self._carrier.place

    async def read(self) -> Fresh:
        """Return the newest policies that are believed; raise where newer ones were refused.

        At a start what is kept decides first, as it would have without the restart; that something
        newer was refused is told right after.
        """
        if not self._began:
            await self._begin()
        if self._refused is not None:
            self._untold = self.in_force() is None and self._newest is not None
            if not self._untold:
                raise self._refused
        if self._newest is None:
            raise BundleFault(f"no bundle came from {self.place} yet, and none is kept")
        return self._newest.fresh

    def again(self) -> None:
        """Look at the newest once more: it was not taken up."""
        self._carrier.again()

    async def changes(self, stop: asyncio.Event) -> AsyncGenerator[None]:
        """Yield whenever another bundle came, believed or not."""
        while not stop.is_set():
            if self._untold:
                yield
            await self._settle()
            await self._pause(stop)
            if not stop.is_set() and (not self._began or await self._look()):
                yield

    async def close(self) -> None:
        """Let go of the connection."""
        await self._carrier.close()

    async def _begin(self) -> None:
        """Begin with what is kept, then look for something newer.

        While it cannot be read nobody knows what was taken up last, and so nothing is.
        """
        try:
            self.heard.heed(await asyncio.to_thread(self._heard_before))
            self._newest = self._floor = await asyncio.to_thread(self._from_disk)
        except BundleFault as fault:
            if hindered(fault):
                raise
            log.error("the kept bundle cannot be used", detail=str(fault))  # noqa: TRY400 - one line
        if self._floor is not None:
            self.heard.heed(self._floor.bundle.interventions)
        self._began = True
        await self._look()

    def _heard_before(self) -> Interventions | None:
        """Read who was frozen; policies are not used by anybody who cannot know that."""
        raw = self.heard.kept()
        return None if raw is None else signed_by(raw, self._trusted)[0].interventions

    def _from_disk(self) -> _Read | None:
        """Read what is kept; if nobody can say that it is the newest, its age counts."""
        if not self._kept.exists():
            return None
        raw = file_content(self._kept)
        found = self._believed(raw, *signed_by(raw, self._trusted))
        self._on_disk = raw
        at = datetime.fromtimestamp(self._kept.stat().st_mtime, UTC)
        self.freshness.recall(at, found.stamp.expires_at, max(self._now() - at, -SKEW))
        return found

    def _believed(self, raw: bytes, bundle: Bundle, stamp: Stamp) -> _Read:
        """Read the policies of a bundle that somebody signs who is trusted, unless they are known.

        So a freeze, which comes with the same policies, costs no second look at them.
        """
        for known in (self._newest, self._floor):
            if known is not None and known.digest == bundle.digest:
                return _Read(raw, bundle, stamp, known.fresh)
        policies = replace(policies_of(bundle, self._trees), stale=self.freshness.stale)
        return _Read(raw, bundle, stamp, Fresh(policies, bundle.texts))

    async def _came(self, raw: bytes) -> _Read:
        """Read a bundle that came now; what it says beside policies holds before they are read."""
        bundle, stamp = await asyncio.to_thread(self._heard, raw)
        self.heard.heed(bundle.interventions)
        return await asyncio.to_thread(self._newer, raw, bundle, stamp)

    def _heard(self, raw: bytes) -> tuple[Bundle, Stamp]:
        bundle, stamp = signed_by(raw, self._trusted)
        self.heard.keep(raw, bundle)
        return bundle, stamp

    def _newer(self, raw: bytes, bundle: Bundle, stamp: Stamp) -> _Read:
        """Read policies that came now; older than what decides they are an attack, or a slip."""
        in_time(stamp, self._now())
        found = self._believed(raw, bundle, stamp)
        floor = self._floor
        if floor is None or found.digest == floor.digest:
            return found
        if stamp.number <= floor.stamp.number:
            words = f"the bundle has the number {stamp.number}, and {floor.stamp.number} was"
            raise BundleFault(f"{words} taken up before; sign it again, with a greater one")
        return found

    async def _look(self) -> bool:
        """Look for a bundle; tell whether another one came."""
        try:
            raw = await self._carrier.fetch()
        except BundleFault as fault:
            self._count("failed")
            if self._well:
                log.warning("no bundle comes", detail=str(fault), source=self.place)
            self._well = False
            return False
        self._well = True
        raw = self._again if raw is None else raw
        if raw is None:
            self._count("same")
            self._confirmed()
            return False
        self._again = None
        try:
            self._newest = await self._came(raw)
            self._refused = None
            self._count("new")
        except BundleFault as fault:
            self._refused = fault
            self._again = raw if isinstance(fault, OutOfTime) or hindered(fault) else None
            self._count("refused")
        return True

    def _confirmed(self) -> None:
        """Note that what decides is the newest, unless something newer was refused."""
        newest = self._newest
        if self._refused is None and newest is not None and newest.digest == self.in_force():
            self.freshness.confirm(self._now(), newest.stamp.expires_at)

    async def _settle(self) -> None:
        """Keep what was taken up, and when it was last the newest."""
        newest = self._newest
        if self._refused is not None or newest is None or newest.digest != self.in_force():
            return
        if self._well:
            self._confirmed()
            if self._floor is None or newest.stamp.number >= self._floor.stamp.number:
                self._floor = newest  # else another gateway took the same up a little earlier
            await asyncio.to_thread(self._keep, self._floor.raw)

    def _keep(self, raw: bytes) -> None:
        try:
            if raw != self._on_disk or not self._kept.exists():
                put_file(self._kept, raw)
                self._on_disk = raw
            at = self._now().timestamp()
            os.utime(self._kept, (at, at))
        except (BundleFault, OSError) as error:
            log.error("the bundle cannot be kept", detail=str(error))  # noqa: TRY400 - one line

    async def _pause(self, stop: asyncio.Event) -> None:
        # Apart from each other: thousands of sidecars may have been started at once.
        seconds = self._poll_s * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)

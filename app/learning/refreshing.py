"""Makes rules of what people reported, beside requests."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from app.telemetry import Metrics
from memory.database import FAULTS, StoreError
from memory.feedback.reading import Told
from memory.feedback.store import Feedback
from memory.induction.log import Refreshed
from memory.learning.cases import Cases
from memory.learning.gathering import gathered
from memory.learning.job import Job
from memory.learning.revisions import MemoryFault, MemoryRevisions
from memory.learning.terms import Terms
from memory.records.act import Actor

ENOUGH: Final = 20  # new reports for which nobody waits
ABANDONED: Final = timedelta(minutes=40)  # after which others do what a gateway began
log = structlog.get_logger("drawbar.memory")
Content = Mapping[str, Any]
Compute = Callable[[Job], Awaitable[Content]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What rules are made of, and where they are kept; `sampling` is the key of what is drawn."""

    feedback: Feedback
    cases: Cases
    revisions: MemoryRevisions
    sampling: bytes = field(repr=False)


class Refreshing:
    """Decides when rules are made anew, and has them made and stored."""

    def __init__(self, shelf: Shelf, compute: Compute, metrics: Metrics) -> None:
        self._feedback = shelf.feedback
        self._cases = shelf.cases
        self._revisions = shelf.revisions
        self._sampling = shelf.sampling
        self._compute = compute
        self._metrics = metrics
        self._held: dict[str, int] = {}
        self._unfinished: set[tuple[str, int]] = set()  # what the store did not let us end

    async def tenants(self) -> list[str]:
        """Return the tenants whose people ever reported anything."""
        return await self._feedback.tenants()

    async def refresh(
        self, terms: Terms, by: Actor, now: datetime, every_s: float | None = None
    ) -> Content | None:
        """Make the rules of a tenant anew; with `every_s` only if it is time to.

        What is begun is written down first, so that of several gateways one does it.
        """
        told = await self._feedback.read(terms.tenant)
        self._held[terms.tenant] = len(told.held)
        self._metrics.memory_held.set(sum(self._held.values()))
        if every_s is not None and not is_due(told, now, timedelta(seconds=every_s)):
            return await self._left(terms, told, by, now)
        last = max((one.seq for one in told.refreshes), default=0)
        seq = await self._feedback.refresh(terms.tenant, last, now)
        if seq is None:
            return None
        try:
            return await self._made(terms, await self._feedback.read(terms.tenant), by, now)
        except (StoreError, *FAULTS):
            self._unfinished.add((terms.tenant, seq))
            raise

    async def _left(self, terms: Terms, told: Told, by: Actor, now: datetime) -> Content | None:
        """Finish what another gateway began and did not end; at once what this one did not."""
        last = max(told.refreshes, key=lambda one: one.seq, default=None)
        if last is None:
            return None
        mine = (terms.tenant, last.seq) in self._unfinished
        if not mine and now - last.as_of < ABANDONED:
            return None
        if (await self._revisions.numbers()).get(terms.tenant, 0) >= last.seq:
            return None
        return await self._made(terms, told, by, now)

    async def _made(self, terms: Terms, told: Told, by: Actor, now: datetime) -> Content:
        began = time.monotonic()
        job = await self._job(terms, told)
        content = await self._compute(job)
        await self._revisions.put(content, by, now)
        self._unfinished = {one for one in self._unfinished if one[0] != terms.tenant}
        self._metrics.memory_refresh.observe(time.monotonic() - began)
        rules = len(content["told"]["rules"])
        log.info("rules were learned", tenant=terms.tenant, seq=content["seq"], rules=rules)
        return content

    async def _job(self, terms: Terms, told: Told) -> Job:
        """Return what the newest rules of a tenant are made of."""
        before = await self._before(terms.tenant, told)
        return await gathered(self._cases, terms, told, before, self._sampling)

    async def supposed(self, terms: Terms, told: Told) -> Content:
        """Return what rules would come of a log, and store nothing."""
        return await self._compute(await self._job(terms, told))

    async def _before(self, tenant: str, told: Told) -> Content | None:
        """Return the revision to go on from; none where something was taken back since."""
        try:
            found = await self._revisions.newest(tenant)
        except MemoryFault:
            return None
        if found is None or told.undone > found["seq"]:
            return None
        return found


def is_due(told: Told, now: datetime, every: timedelta) -> bool:
    """Tell whether rules are to be made anew.

    Many new reports, or what a person took back or rejected, wait for nobody; one report waits a
    while, and one that is held for whoever lets it in. Going back counts as a refresh. Where
    nothing is new, evidence still grows older, which a look each day is enough for.
    """
    if not told.reports:
        return False
    began = Refreshed(0, told.reports[0].at)  # the first report waits too
    moments = (*told.refreshes, *(Refreshed(one.seq, one.at) for one in told.rolled_back))
    last, view = max(moments, key=lambda one: one.seq, default=began), told.view
    reports = sum(one.seq > last.seq and not view.keeps(one) for one in told.reports)
    if reports >= ENOUGH or told.ruled > last.seq:
        return True
    waited = now - last.as_of >= every
    return waited and (reports > 0 or now.date() != last.as_of.date())


async def paused(seconds: float, *events: asyncio.Event) -> None:
    """Wait for some time, or for the first of some events."""
    waits = {asyncio.ensure_future(one.wait()) for one in events}
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for one in waits:
        one.cancel()

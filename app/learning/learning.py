"""All that one gateway learns with: what it keeps of calls, what it makes of it, what it binds."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog

from app.background import Stop
from app.deciding.shield import shielded
from app.learning.advising import with_advice
from app.learning.computing import computed
from app.learning.declaring import terms_of
from app.learning.learned import Learned
from app.learning.noticing import Noticing
from app.learning.refreshing import Refreshing, Shelf, paused
from app.policy.policies import PolicySet
from dsl.errors import DrawbarError
from dsl.model import Decision
from memory.database import FAULTS
from memory.faults import cause
from memory.learning.cases import Cases
from memory.learning.revisions import MemoryRevisions
from memory.learning.softening import Softening
from memory.learning.terms import Terms
from memory.records.act import Actor, By
from memory.records.signer import Signer
from memory.revisions.store import UNREADABLE
from memory.sealing import derived

if TYPE_CHECKING:
    from app.wiring import Gateway

LOOK_S: Final = 30.0  # between two looks for what is due
log = structlog.get_logger("drawbar.memory")
Content = Mapping[str, Any]


def sampling_key(secret: bytes) -> bytes:
    """Return the key by which cases are drawn where there are too many: the same everywhere."""
    return derived(secret, "memory: which cases are drawn")


def audit_key(secret: bytes) -> bytes:
    """Return the key by which decisions are drawn for audits: the same everywhere."""
    return derived(secret, "memory: which decisions are audited")


class Learning:
    """What a gateway learns, while it runs."""

    def __init__(self, gateway: "Gateway", signer: Signer, secret: bytes) -> None:
        self._gateway = gateway
        self._settings = gateway.settings.memory
        self.revisions = MemoryRevisions(gateway.database, signer, gateway.desk.published.keys)
        self.softening = Softening(gateway.database, signer, gateway.desk.published.keys)
        self.learned = Learned(self.revisions, self.softening, gateway.metrics, self._now)
        self.cases = Cases(gateway.database, gateway.vault)
        self.audit_key = audit_key(secret)
        shelf = Shelf(gateway.feedback, self.cases, self.revisions, sampling_key(secret))
        self.refreshing = Refreshing(shelf, computed, gateway.metrics)
        self.noticing = Noticing(self._terms, self._fault, self._changed)
        self._woken = asyncio.Event()
        self._taking = asyncio.Lock()
        self._warmed: str | None = None

    def _now(self) -> datetime:
        return self._gateway.now()

    async def told(self) -> None:
        """Hear that something else may stand in the store."""
        self._woken.set()

    async def take(self) -> None:
        """Take up what was learned, before the policies are read."""
        await self.learned.take()

    async def take_up(self) -> None:
        """Take up what is stored by now, and have it decide; who comes meanwhile waits for that."""
        async with self._taking:
            if await self.learned.take():
                await self._gateway.live.reload()

    async def hear(self, stop: Stop) -> None:
        """Take up what was learned, here or elsewhere, until told to stop."""
        while not stop.is_set():
            with self._telling(None):
                await self.take_up()
            await paused(LOOK_S, self._woken, stop)
            self._woken.clear()

    async def run(self, stop: Stop) -> None:
        """Learn until told to stop: beside what is heard, as rules may take long to make."""
        while not stop.is_set():
            await self._once()
            await stop.within(LOOK_S)

    async def refresh(self, tenant: str, by: Actor, now: datetime) -> Content | None:
        """Make the rules of a tenant anew now, and take them up."""
        made = await self.refreshing.refresh(self.terms(tenant), by, now)
        await self.take_up()
        return made

    def advised(self, tenant: str, decision: Decision) -> Decision:
        """Return a decision with what memory knows of calls like it; it is never another one."""
        held = self.learned.held.get(tenant)
        if held is None or not decision.verdict.shadow:
            return decision
        say = partial(with_advice, held, decision)
        return shielded(say, lambda: self._unsaid(decision), call_id=decision.call_id)

    def _unsaid(self, decision: Decision) -> Decision:
        self._fault()
        return decision

    def terms(self, tenant: str) -> Terms:
        """Return what the rules of a tenant are made with at present."""
        current = self._gateway.live.current
        if not current.decides:
            raise DrawbarError("no policy is in force, so nothing is known of tools")
        return self._terms(current, tenant)

    def _terms(self, policies: PolicySet, tenant: str) -> Terms:
        return terms_of(policies, tenant, self._settings)

    async def _once(self) -> None:
        tenants: list[str] = []
        with self._telling(None):
            await self._warm()
            tenants = await self.refreshing.tenants()
        for tenant in tenants:  # what is wrong with one tenant's log is no other's fault
            with self._telling(tenant):
                by, now = Actor(By.GATEWAY, self._gateway.log.name), self._gateway.now()
                terms = self.terms(tenant)
                await self.refreshing.refresh(terms, by, now, self._settings.refresh_s)

    @contextmanager
    def _telling(self, tenant: str | None) -> Iterator[None]:
        """Go on where something fails, and tell of it: the rules that stand stay."""
        try:
            yield
        except (DrawbarError, *FAULTS, TimeoutError, *UNREADABLE) as error:
            self._fault()
            why = str(error) if isinstance(error, DrawbarError) else cause(error)
            log.warning("memory could not be refreshed", tenant=tenant, cause=why or "time-out")

    async def _warm(self) -> None:
        """Make what reads the calls of each tenant: off the loop, once for what is in force."""
        current = self._gateway.live.current
        if self._warmed == current.digest or not current.decides:
            return
        for tenant in await self.refreshing.tenants():
            await asyncio.to_thread(self.noticing.known(current, tenant).warm)
        self._warmed = current.digest

    def _changed(self, kind: str) -> None:
        self._gateway.metrics.memory_verdict_changes.labels(kind).inc()

    def _fault(self) -> None:
        self._gateway.metrics.faults.labels("none", "memory").inc()

"""Deletes evidence that is past its time, and forgets keys that were destroyed elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from app.background import Stop, background
from app.telemetry import Metrics
from memory.database import FAULTS
from memory.evidence.evidence import Evidence
from memory.evidence.vault import FRESH_S, Vault
from memory.faults import cause

PAUSE_S: Final = 0.05  # between two batches, so that records are not kept waiting
SETTLED_S: Final = 2.0  # after the start
log = structlog.get_logger("drawbar.evidence")


class Sweeping:
    """The housework of the evidence store while a gateway runs."""

    def __init__(
        self,
        evidence: Evidence,
        vault: Vault,
        metrics: Metrics,
        now: Callable[[], datetime],
        beside: Callable[[datetime], Awaitable[None]] | None = None,
    ) -> None:
        self._evidence = evidence
        self._vault = vault
        self._metrics = metrics
        self._now = now
        self._beside = beside  # housework of another kind, at the same times

    @asynccontextmanager
    async def running(self, every_s: float) -> AsyncIterator[None]:
        """Keep house until the end."""
        sweeping = partial(self._again, self.sweep, every_s)
        watching = partial(self._again, self._vault.refresh, FRESH_S)
        async with background(sweeping, "evidence sweep"), background(watching, "vault watch"):
            yield

    async def sweep(self) -> None:
        """Delete what is past its time."""
        async for gone in self._evidence.sweep(self._now()):
            for kind, number in gone.items():
                self._metrics.evidence_deleted.labels(kind).inc(number)
            await asyncio.sleep(PAUSE_S)
        if self._beside is not None:
            await self._beside(self._now())

    async def _again(self, work: Callable[[], Awaitable[None]], every_s: float, stop: Stop) -> None:
        """Do it now and then; what fails is told, and tried again at its next turn.

        Not at once: a gateway that starts has calls to answer first.
        """
        await stop.within(min(every_s, SETTLED_S))
        while not stop.is_set():
            try:
                await work()
            except FAULTS as error:
                self._metrics.faults.labels("none", "evidence").inc()
                log.error("the evidence store could not be looked after", cause=cause(error))  # noqa: TRY400 - one line
            await stop.within(every_s)

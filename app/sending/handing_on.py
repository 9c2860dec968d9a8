"""Hands records on to systems that collect them: in order, signed, at least once."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from app.background import Stop, background
from app.sending import webhook
from app.sending.settings import CollectorSettings
from app.sending.shapes import together
from app.sending.webhook import Outcome
from app.telemetry import Metrics
from dsl.errors import DrawbarError
from memory.database import FAULTS, Database
from memory.faults import cause
from memory.records.following import Chained, after, deliver, delivered

if TYPE_CHECKING:
    import httpx

LOOK_S: Final = 1.0
LONGEST_S: Final = 300.0
log = structlog.get_logger("drawbar.siem")


class HandingOn:
    """One collector, and how far it was served."""

    def __init__(
        self,
        name: str,
        settings: CollectorSettings,
        database: Database,
        metrics: Metrics,
        now: Callable[[], datetime],
    ) -> None:
        self._name = name
        self._settings = settings
        self._database = database
        self._metrics = metrics
        self._now = now
        self._failed = 0

    async def run(self, client: "httpx.AsyncClient", stop: Stop) -> None:
        """Serve it until the end."""
        while not stop.is_set():
            try:
                more = await self.step(client)
            except (DrawbarError, *FAULTS) as error:
                log.error("records cannot be handed on", collector=self._name, cause=cause(error))  # noqa: TRY400 - one line
                more = False
            if not more:
                await stop.within(min(LONGEST_S, LOOK_S * 2**self._failed))

    async def step(self, client: "httpx.AsyncClient") -> bool:
        """Hand the next records on; tell whether there may be more."""
        positions = await delivered(self._database, self._name)
        found = await after(self._database, positions)
        if not found:
            return False
        outcome, why = await self._send(client, found)
        self._metrics.messages.labels("records", outcome).inc()
        if outcome is not Outcome.SENT:
            self._failed = min(self._failed + 1, 10)
            log.error("records were not taken", collector=self._name, why=why)
            return False
        self._failed = 0
        await deliver(self._database, self._name, found)
        return True

    async def _send(
        self, client: "httpx.AsyncClient", found: Sequence[Chained]
    ) -> tuple[Outcome, str]:
        told = together(found, self._settings.shape)
        if told is None:
            return Outcome.SENT, "nothing of its kind"
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        # The same records have the same name, so what comes twice is seen to.
        name = f"{found[0].writer}-{found[0].seq}-{found[-1].seq}"
        settings = self._settings
        headers = webhook.headers(settings.signing, name, self._now(), body)
        seconds = settings.timeout_ms / 1000
        return await webhook.send(client, settings.webhook, headers, body, seconds)


@asynccontextmanager
async def handing_on(
    collectors: Mapping[str, CollectorSettings],
    database: Database,
    metrics: Metrics,
    now: Callable[[], datetime],
) -> AsyncIterator[None]:
    """Serve all collectors while it is entered."""
    if not collectors:
        yield
        return
    async with AsyncExitStack() as running:
        client = await running.enter_async_context(webhook.client())
        for name, settings in collectors.items():
            one = HandingOn(name, settings, database, metrics, now)
            serve = partial(one.run, client)
            await running.enter_async_context(background(serve, f"collector {name}"))
        yield

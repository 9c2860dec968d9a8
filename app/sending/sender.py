"""Sends what waits, again and again until it is sent or given up, and records which."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

import httpx
import structlog

from app.sending import webhook
from app.sending.settings import TargetSettings
from app.sending.webhook import Outcome
from app.telemetry import Metrics
from app.version import VERSION
from dsl.errors import DrawbarError
from memory.database import FAULTS
from memory.faults import cause
from memory.ids import new_id
from memory.outbox.outbox import Message, Outbox, Sent
from memory.records.log import RecordLog, Unrecorded
from memory.records.notice import Notice

LOOK_S: Final = 1.0
AT_ONCE: Final = 8
FIRST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(hours=12)
_TIMES: Final = 4  # each wait is as many times the one before
log = structlog.get_logger("drawbar.notify")


def wait(tries: int) -> timedelta:
    """Return how long to wait after so many attempts."""
    return min(LONGEST, FIRST * int(_TIMES ** min(tries, 8)))


class Sender:
    """Looks after the outbox while a gateway runs."""

    def __init__(
        self,
        outbox: Outbox,
        records: RecordLog,
        targets: Mapping[str, TargetSettings],
        metrics: Metrics,
        now: Callable[[], datetime],
    ) -> None:
        self._outbox = outbox
        self._records = records
        self._targets = targets
        self._metrics = metrics
        self._now = now
        self._soon = asyncio.Event()

    def soon(self) -> None:
        """Look at once: something was left to be sent."""
        self._soon.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send until the end; what is not sent then, waits for the next start."""
        sending = asyncio.create_task(self._run(), name="sender")
        try:
            yield
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _run(self) -> None:
        ours = {"User-Agent": f"drawbar/{VERSION}"}
        async with httpx.AsyncClient(
            follow_redirects=False, trust_env=False, headers=ours
        ) as client:
            while True:
                self._soon.clear()
                try:
                    await self.look(client)
                except (DrawbarError, *FAULTS) as error:
                    log.error("messages cannot be looked after", cause=cause(error))  # noqa: TRY400 - one line
                try:
                    await asyncio.wait_for(self._soon.wait(), LOOK_S)
                except TimeoutError:
                    continue

    async def look(self, client: httpx.AsyncClient) -> None:
        """Make one attempt with each message whose time has come."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(message: Message) -> None:
            async with turns:
                await self._attempt(client, message)

        await asyncio.gather(*(one(message) for message in await self._outbox.due(self._now())))

    async def _attempt(self, client: httpx.AsyncClient, message: Message) -> None:
        target = self._targets.get(message.target)
        if target is None:
            await self._done(message, Outcome.REFUSED, "no such target any more")
            return
        outcome, why = await self._send(client, message, target)
        self._metrics.messages.labels(message.kind, outcome).inc()
        if outcome is Outcome.FAILED and message.tries + 1 < target.tries:
            await self._outbox.later(message, self._now() + wait(message.tries))
            return
        await self._done(message, outcome, why)

    async def _send(
        self, client: httpx.AsyncClient, message: Message, target: TargetSettings
    ) -> tuple[Outcome, str]:
        if target.log:
            told = {"target": message.target, "body": message.body.decode()}
            log.warning("a rule wants this to be known", decision=message.decision, **told)
        if target.webhook is None:
            return Outcome.SENT, "log"
        told = webhook.headers(target.signing, message.id, self._now(), message.body)
        seconds = target.timeout_ms / 1000
        return await webhook.send(client, target.webhook, told, message.body, seconds)

    async def _done(self, message: Message, outcome: Outcome, why: str) -> None:
        """Record what came of a message, and let go of it."""
        now = self._now()
        notice = Notice(
            new_id("n", now),
            message.tenant,
            now,
            message.decision,
            message.kind,
            message.target,
            outcome,
            message.tries + 1,
            why,
        )
        try:
            await self._records.append(notice, steps=(Sent(message.id),))
        except Unrecorded as error:  # it is sent once more: rather twice than never
            log.error("a message could not be recorded", cause=cause(error))  # noqa: TRY400 - one line

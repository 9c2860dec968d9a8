"""Sends what waits, again and again until it is sent or given up, and records which."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from app.background import Stop, background
from app.sending import webhook
from app.sending.settings import TargetSettings
from app.sending.webhook import Outcome
from app.telemetry import Metrics
from dsl.errors import DrawbarError
from memory.database import FAULTS
from memory.faults import cause
from memory.ids import new_id
from memory.outbox.outbox import Message, Outbox, Sent
from memory.records.log import RecordLog, Unrecorded
from memory.records.notice import Notice

if TYPE_CHECKING:
    import httpx

LOOK_S: Final = 0.1  # until one notices that something was left to be sent
LOOKS: Final = 10  # then the store is asked what waits
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
        self._soon = False
        self._client: httpx.AsyncClient | None = None

    def soon(self) -> None:
        """Look at once: something was left to be sent."""
        self._soon = True

    def running(self) -> AbstractAsyncContextManager[None]:
        """Send while it is entered; what is not sent then, waits for the next start."""
        return background(self._run, "sender")

    async def _run(self, stop: Stop) -> None:
        async with AsyncExitStack() as opened:
            while not stop.is_set():
                self._soon = False
                try:
                    await self.look(opened)
                except (DrawbarError, *FAULTS) as error:
                    log.error("messages cannot be looked after", cause=cause(error))  # noqa: TRY400 - one line
                for _ in range(LOOKS):
                    if self._soon:
                        break
                    await stop.within(LOOK_S)

    async def look(self, opened: AsyncExitStack) -> None:
        """Make one attempt with each message whose time has come."""
        messages = await self._outbox.due(self._now())
        if messages and self._client is None:
            self._client = await opened.enter_async_context(webhook.client())
        turns = asyncio.Semaphore(AT_ONCE)

        async def one(message: Message) -> None:
            async with turns:
                await self._attempt(message)

        await asyncio.gather(*(one(message) for message in messages))

    async def _attempt(self, message: Message) -> None:
        target = self._targets.get(message.target)
        if target is None:
            await self._done(message, Outcome.REFUSED, "no such target any more")
            return
        outcome, why = await self._send(message, target)
        self._metrics.messages.labels(message.kind, outcome).inc()
        if outcome is Outcome.FAILED and message.tries + 1 < target.tries:
            await self._outbox.later(message, self._now() + wait(message.tries))
            return
        await self._done(message, outcome, why)

    async def _send(self, message: Message, target: TargetSettings) -> tuple[Outcome, str]:
        if target.log:
            told = {"target": message.target, "body": message.body.decode()}
            log.warning("a rule wants this to be known", decision=message.decision, **told)
        if target.webhook is None:
            return Outcome.SENT, "log"
        assert self._client is not None  # noqa: S101 - made before there are messages
        told = webhook.headers(target.signing, message.id, self._now(), message.body)
        seconds = target.timeout_ms / 1000
        return await webhook.send(self._client, target.webhook, told, message.body, seconds)

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

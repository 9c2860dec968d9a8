"""Makes signed checkpoints while a gateway runs, and hands each to whoever keeps it elsewhere."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from app.background import Stop, background
from app.sending import webhook
from app.sending.webhook import Outcome
from memory.database import FAULTS
from memory.faults import cause
from memory.records.checkpoints import Checkpoints, Signed
from memory.records.log import RecordLog

SEND_S: Final = 5.0
log = structlog.get_logger("drawbar.audit")


class Anchor:
    """Where checkpoints are kept in other hands: a file that is only appended to, or an address."""

    def __init__(self, place: str) -> None:
        self._place = place

    async def keep(self, signed: Signed) -> bool:
        """Hand a checkpoint over; tell whether it was taken."""
        try:
            if self._place.startswith(("https://", "http://")):
                await self._send(signed)
            else:
                await asyncio.to_thread(_append, Path(self._place), signed.line())
        except OSError as error:
            log.error("a checkpoint could not be anchored", cause=cause(error))  # noqa: TRY400 - one line
            return False
        return True

    async def _send(self, signed: Signed) -> None:
        told = {"Content-Type": "application/json"}
        async with webhook.client() as client:
            outcome, why = await webhook.send(
                client, self._place, told, signed.line().encode(), SEND_S
            )
        if outcome is not Outcome.SENT:
            raise OSError(why)


def _append(path: Path, line: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


class Checkpointing:
    """Makes a checkpoint now and then, and the last one when the gateway stops."""

    def __init__(
        self,
        checkpoints: Checkpoints,
        records: RecordLog,
        anchor: Anchor | None,
        now: Callable[[], datetime],
    ) -> None:
        self._checkpoints = checkpoints
        self._records = records
        self._anchor = anchor
        self._now = now
        self._waiting: list[Signed] = []  # not anchored yet

    @asynccontextmanager
    async def running(self, every_s: float) -> AsyncIterator[None]:
        """Make checkpoints until the end; the log must have stopped by then."""
        async with background(partial(self._tick, every_s), "checkpoints"):
            yield
        writer = self._records.writer
        await self.make(() if writer is None else (writer,))

    async def _tick(self, every_s: float, stop: Stop) -> None:
        while not stop.is_set():
            await stop.within(every_s)
            if not stop.is_set():
                await self.make()

    async def make(self, closed: tuple[str, ...] = ()) -> None:
        """Make a checkpoint if anything was recorded since the last one."""
        try:
            made = await self._checkpoints.make(self._now(), closed)
        except FAULTS as error:
            log.error("a checkpoint could not be made", cause=type(error).__name__)  # noqa: TRY400 - one line
            return
        if self._anchor is None or (made is None and not self._waiting):
            return
        self._waiting += [] if made is None else [made]
        while self._waiting and await self._anchor.keep(self._waiting[0]):
            del self._waiting[0]

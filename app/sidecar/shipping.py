"""Ships a sidecar's records to another gateway: in order, at least once, until it has them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
import structlog

from app.background import Stop, background
from app.bundles.carrying import bearer, bounded, client_of
from app.sidecar.settings import SidecarSettings
from app.telemetry import Metrics
from dsl.errors import DrawbarError
from memory.database import FAULTS, Database
from memory.faults import cause
from memory.records.log import RecordLog
from memory.shipping.sending import Next, Spool
from memory.shipping.shipment import written

PATH: Final = "/v1/records"
LOOK_S: Final = 1.0
RETRY_S: Final = 1.0  # doubled by each failure
LONGEST_S: Final = 60.0
SEND_S: Final = 30.0
MOST_ANSWER: Final = 64 << 10
_OK: Final = 200
_CONFLICT: Final = 409
log = structlog.get_logger("drawbar.shipping")


class _Answer(msgspec.Struct):
    """What the other gateway says: how far it has the chain."""

    seq: int | None = None


class Upstream:
    """The other gateway."""

    def __init__(self, address: str, key: Path | None, ca: Path | None) -> None:
        self._address = address.rstrip("/") + PATH
        self._key = key
        self._client = client_of(ca)

    async def send(self, one: Next) -> tuple[int, int | None]:
        """Send a shipment; return the status, and how far the chain is known there."""
        import httpx  # noqa: PLC0415 - only where something is sent

        told = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        told |= bearer(self._key)
        asked = self._client.stream("POST", self._address, content=written(one.told), headers=told)
        try:
            async with asyncio.timeout(SEND_S), asked as answer:
                raw = await bounded(answer, MOST_ANSWER)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise OSError(type(error).__name__) from error
        return answer.status_code, _seq(raw)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._client.aclose()


def _seq(raw: bytes | None) -> int | None:
    """Return how far the chain is known there, where that can be read."""
    try:
        return None if raw is None else msgspec.json.decode(raw, type=_Answer).seq
    except (msgspec.DecodeError, RecursionError):
        return None


class Shipping:
    """Ships what waits, and knows how much that is."""

    def __init__(self, spool: Spool, upstream: Upstream, most: int, metrics: Metrics) -> None:
        self._spool = spool
        self._upstream = upstream
        self._most = most
        self._metrics = metrics
        self._known: set[str] = set()  # policies whose texts are there
        self._failed = 0
        self._blind = False
        self.waiting = 0

    @property
    def is_full(self) -> bool:
        """Tell whether no more may be recorded; what nobody can count has no bound."""
        return self._blind or self.waiting >= self._most

    async def count(self) -> None:
        """Look how much waits."""
        self.waiting = await self._spool.waiting()

    async def run(self, stop: Stop) -> None:
        """Ship until the end, and count all the while: a shipment that fails empties nothing."""
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._counting(stop))
                both.create_task(self._shipping(stop))
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None  # so that it is told of by its own name
        finally:
            self._blind = self._blind or not stop.is_set()

    async def _counting(self, stop: Stop) -> None:
        while not stop.is_set():
            try:
                await self.count()
                self._blind = False
            except (DrawbarError, *FAULTS, ValueError) as error:
                if not self._blind:
                    log.error("records to ship cannot be counted", cause=cause(error))  # noqa: TRY400 - one line
                self._blind = True
            await stop.within(LOOK_S)

    async def _shipping(self, stop: Stop) -> None:
        while not stop.is_set():
            try:
                more = await self.step()
            except (DrawbarError, *FAULTS, ValueError) as error:
                self._fault(cause(error))
                more = False
            if not more:
                await stop.within(self._pause_s())

    def _pause_s(self) -> float:
        return min(LONGEST_S, RETRY_S * 2**self._failed) if self._failed else LOOK_S

    async def step(self) -> bool:
        """Ship the next records; tell whether there may be more."""
        one = await self._spool.next(self._known)
        if one is None:
            self._failed = 0
            return False
        status, seq = await self._upstream.send(one)
        writer = one.told.writer.id
        if status == _OK and seq is not None and seq >= one.seq:
            await self._spool.taken(one)
            self._known |= one.digests
            self._metrics.messages.labels("shipment", "sent").inc()
            self._failed = 0
            return True
        if status == _CONFLICT and seq is not None and 0 <= seq < one.seq:
            self._known.clear()  # it lost something, such as with an older copy of its store
            await self._spool.behind(writer, seq)
        self._fault(str(status))
        return False

    def _fault(self, why: str) -> None:
        self._failed = min(self._failed + 1, 10)
        self._metrics.messages.labels("shipment", "failed").inc()
        log.error("records were not shipped", cause=why)


@asynccontextmanager
async def shipped(
    settings: SidecarSettings, database: Database, records: RecordLog, metrics: Metrics
) -> AsyncIterator[None]:
    """Ship while it is entered; once too much waits, no record is taken, so nothing is allowed."""
    upstream = Upstream(settings.upstream or "", settings.key, settings.ca)
    spool = Spool(database, records.name)
    one = Shipping(spool, upstream, settings.most_unshipped, metrics)
    try:
        await one.count()
        records.is_full = lambda: one.is_full
        metrics.unshipped.set_function(lambda: one.waiting)
        async with background(one.run, "shipping"):
            yield
    finally:
        await upstream.close()

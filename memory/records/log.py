"""The log that keeps records before they are answered, in chains."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from msgspec import Struct
from sqlalchemy import Select, literal, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.errors import DrawbarError
from memory.adding import add
from memory.database import FAULTS, Database
from memory.records import chain as chains
from memory.records.chain import Chain
from memory.records.steps import Overtaken, Step
from memory.sessions.store import NOTHING_KEPT, Kept, together
from memory.tables import evidence, records, session_events, sessions
from memory.within import within

BATCH: Final = 1000
STORE_S: Final = 15.0
LATELY_S: Final = 30.0
DRAIN_S: Final = 30.0
AGAIN_S: Final = 1.0  # between two attempts to store what was answered already
LINGER_S: Final = 0.01  # that records which nobody waits for may wait for others


class Unrecorded(DrawbarError):
    """A decision could not be recorded, and so may not be answered."""


class Recorded(Protocol):
    """Something that is recorded: what it is found by, and all of it, written down."""

    def row(self) -> dict[str, Any]:
        """Return the columns, `content` among them, without its place in the chain."""
        ...


class _Waiting(Struct, frozen=True):
    """What waits to be stored together: a record, and what its decision made happen."""

    rows: Sequence[dict[str, Any]]
    kept: Kept
    steps: Sequence[Step]
    stored: "asyncio.Future[None] | None"  # nobody waits for it where it was answered at once

    @property
    def given_up(self) -> bool:
        """Tell whether whoever waited was refused: what would be stored did not happen."""
        return self.stored is not None and self.stored.done()


class RecordLog:
    """Group commit: one writer stores what is waiting in one transaction, then lets it go.

    `append` returns once its record is on disk and raises `Unrecorded` where that failed or the
    queue is full; nothing is dropped silently. With `at_once` it returns when the record has
    a place in the queue: a crash may lose the queue, and a failing store refuses what comes next.
    """

    def __init__(
        self,
        database: Database,
        capacity: int,
        engine: str = "drawbar",
        *,
        at_once: bool = False,
        lost: Callable[[Sequence[str]], None] | None = None,
    ) -> None:
        self._database = database
        self._engine = engine
        self._at_once = at_once
        self.name = chains.new_writer(datetime.now(UTC))  # of its chain, also before there is one
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(capacity)
        self._many = min(BATCH, max(1, capacity // 2))  # that need not wait for more
        self._hurry = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._chain: Chain | None = None
        self._sure = True
        self.failed_at: float | None = None
        self.lost = 0  # records that were answered and could never be stored
        self._tell = lost
        self.is_full: Callable[[], bool] = lambda: False  # what a sidecar may keep unshipped

    @property
    def healthy(self) -> bool:
        """Tell whether the log takes records, and was not refused by the store a moment ago."""
        lately = self.failed_at is not None and time.monotonic() - self.failed_at < LATELY_S
        return self.writable and not lately

    @property
    def writable(self) -> bool:
        """Tell whether the log takes records."""
        return self._writer is not None and not self._writer.done()

    @property
    def depth(self) -> int:
        """Return how many records wait."""
        return self._waiting.qsize()

    @property
    def writer(self) -> str | None:
        """Return the name of this log's chain, once it has stored anything."""
        return None if self._chain is None else self._chain.writer

    def start(self) -> None:
        """Start the writer."""
        self._writer = asyncio.create_task(self._write(), name="record log")

    async def stop(self) -> None:
        """Store what waits, then stop."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        self._hurry.set()
        if not writer.done():
            with contextlib.suppress(TimeoutError):  # then those who wait are refused
                await asyncio.wait_for(self._waiting.join(), DRAIN_S)
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)

    async def append(
        self,
        record: Recorded | Sequence[Recorded],
        kept: Kept = NOTHING_KEPT,
        steps: Sequence[Step] = (),
    ) -> None:
        """Wait until records are stored, and with them what happened in their session.

        What has steps is waited for in any case: it is not decided before they are taken.
        """
        if not self.writable:
            raise Unrecorded("the record log is not running")
        if self.is_full():
            raise Unrecorded("too many records wait to be shipped")
        if self._at_once and not self.healthy:
            raise Unrecorded("the store refused records a moment ago")
        rows = [one.row() for one in (record if isinstance(record, Sequence) else (record,))]
        at_once = self._at_once and not steps
        stored = None if at_once else asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait(_Waiting(rows, kept, steps, stored))
        except asyncio.QueueFull as error:
            raise Unrecorded("too many records wait to be stored") from error
        if stored is not None or self._waiting.qsize() >= self._many:
            self._hurry.set()
        if stored is not None:
            await stored

    async def _write(self) -> None:
        batch: list[_Waiting] = []
        try:
            while True:
                batch = [await self._waiting.get()]
                if batch[0].stored is None:
                    await self._linger()
                while not self._waiting.empty() and len(batch) < BATCH:
                    batch.append(self._waiting.get_nowait())
                self._hurry.clear()  # nobody but those of this batch was in a hurry so far
                await self._settle(batch)
                for _ in batch:
                    self._waiting.task_done()
                batch = []
        finally:
            self._fail(batch)

    async def _linger(self) -> None:
        """Let more come together while nobody waits for it: a transaction costs more than a row."""
        with contextlib.suppress(TimeoutError):
            await within(LINGER_S, self._hurry.wait())

    async def _settle(self, batch: list[_Waiting]) -> None:
        """Store a batch; what was answered already is tried until it is stored."""
        todo = await self._store(batch)
        while todo:
            await asyncio.sleep(AGAIN_S)
            todo = await self._store(todo)

    async def _store(self, batch: list[_Waiting]) -> list[_Waiting]:
        """Store a batch, or refuse those who wait for it; return those who do not.

        Whatever goes wrong, also what nobody thought of, the writer goes on with the next batch.
        """
        batch = [one for one in batch if not one.given_up]
        (error,) = await asyncio.gather(self._stored(batch), return_exceptions=True)
        if error is not None:
            self._sure = False  # what was sent may be stored all the same
            return await self._refused(batch, error)
        for one in batch:
            _answer(one, None)
        return []

    async def _stored(self, batch: Sequence[_Waiting]) -> None:
        async with asyncio.timeout(STORE_S), self._database.write() as connection:
            chain = await self._insert(connection, batch)
        self._chain, self.failed_at = chain, None
        self._sure = self._sure or any(one.rows for one in batch)  # else nobody looked

    async def _refused(self, batch: list[_Waiting], error: BaseException) -> list[_Waiting]:
        of_one = _is_of_one_record(error)
        if of_one and len(batch) > 1:
            return [left for one in batch for left in await self._store([one])]
        if not of_one:
            self.failed_at = time.monotonic()
        fault = Unrecorded("the store refused the record")
        fault.__cause__ = error
        left = [one for one in batch if one.stored is None]
        for one in batch:
            _answer(one, fault)
        if of_one and left:
            return await self._known_or_lost(left)
        return left

    async def _known_or_lost(self, batch: list[_Waiting]) -> list[_Waiting]:
        """Give up what the store cannot hold, but not what it holds already.

        An attempt whose end nobody saw may have stored it; while nobody can look, it is kept.
        """
        try:
            async with self._database.read() as connection:
                found = [(await connection.execute(_witness(one))).first() for one in batch]
        except FAULTS:
            return batch
        lost = [one for one, row in zip(batch, found, strict=True) if row is None]
        if lost:
            self._give_up(lost)
        return []

    def _give_up(self, batch: Sequence[_Waiting]) -> None:
        """Say what could never be stored, though it was answered."""
        self.lost += len(batch)
        names = [row["id"] for one in batch for row in one.rows]
        if self._tell is not None:
            self._tell(names)

    async def _insert(self, connection: AsyncConnection, batch: Sequence[_Waiting]) -> Chain | None:
        """Store a batch; return the chain as it is then."""
        for step in (step for one in batch for step in one.steps):  # first: who is overtaken
            await step.take(connection)  # is to find that out, and nothing else
        await together([one.kept for one in batch]).store(connection)
        rows = [row for one in batch for row in one.rows]
        if not rows:
            return self._chain
        chain, links = (await self._known(connection)).link([row["content"] for row in rows])
        linked = [{**row, **link._asdict()} for row, link in zip(rows, links, strict=True)]
        await add(connection, records, linked)
        return chain

    async def _known(self, connection: AsyncConnection) -> Chain:
        """Return the chain as it is stored, begun where there is none."""
        if self._chain is not None and self._sure:
            return self._chain
        found = None if self._sure else await chains.again(connection, self.name)
        return found or await chains.begin(connection, self._engine, datetime.now(UTC), self.name)

    def _fail(self, batch: list[_Waiting]) -> None:
        """Leave nobody waiting when the writer ends, however it ends."""
        while not self._waiting.empty():
            batch.append(self._waiting.get_nowait())
        if left := [one for one in batch if one.stored is None]:
            self._give_up(left)
        for one in batch:
            _answer(one, Unrecorded("the record log has stopped"))
            self._waiting.task_done()


def _witness(one: _Waiting) -> Select[Any]:
    """Look for one row of what waits: it is stored whole or not at all."""
    table, row = next(
        (table, rows[0])
        for table, rows in (
            (records, one.rows),
            (evidence, one.kept.evidence),
            (session_events, one.kept.events),
            (sessions, one.kept.opened),
        )
        if rows
    )
    return select(literal(1)).where(*(table.c[name] == value for name, value in row.items()))


def _is_of_one_record(error: BaseException) -> bool:
    """Tell a record that the store cannot hold from a store that holds none."""
    if isinstance(error, Overtaken):
        return True
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return False
    of_a_row = str(getattr(error.orig, "sqlstate", "")).startswith(_OF_A_ROW)
    return of_a_row or isinstance(error, IntegrityError | DataError)


_OF_A_ROW: Final = ("22", "23")  # PostgreSQL's classes for data and for constraints


def _answer(one: _Waiting, fault: Unrecorded | None) -> None:
    if one.stored is None or one.stored.done():  # its request was cancelled
        return
    if fault is None:
        one.stored.set_result(None)
    else:
        one.stored.set_exception(fault)

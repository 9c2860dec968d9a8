"""What stays behind of a decision, and the log that keeps it before it is answered."""

import asyncio
import contextlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import desc, insert, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl import strictjson
from dsl.errors import DrawbarError
from dsl.model import Decision, ToolCall
from memory.database import FAULTS, Database
from memory.keys import ApiKey
from memory.sessions.store import NOTHING_KEPT, Kept, together
from memory.tables import decisions

BATCH: Final = 1000
STORE_S: Final = 15.0
LATELY_S: Final = 30.0
DRAIN_S: Final = 30.0


class Unrecorded(DrawbarError):
    """A decision could not be recorded, and so may not be answered."""


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One decision as it is kept. Arguments are kept as a keyed digest only.

    Where rules changed the arguments, `changed_hmac` is the digest of those that were released.
    """

    id: str
    tenant: str
    at: datetime
    edge: str
    key_id: str
    subject: str | None
    agent: str | None
    session: str | None
    call_id: str
    server: str | None
    tool: str
    args_hmac: str
    effect: str
    reason: str
    reasons: tuple[Mapping[str, Any], ...]
    message: str
    revision: str | None
    dry_run: bool
    engine: str
    changed_hmac: str | None = None
    changes: tuple[Mapping[str, Any], ...] = ()
    obligations: tuple[Mapping[str, Any], ...] = ()
    shadow: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Recorder:
    """Makes records: knows the digest key and the version that decides."""

    digest_key: bytes
    engine: str

    def record(self, call: ToolCall, decision: Decision, edge: str, key: ApiKey) -> DecisionRecord:
        """Return what is kept of a decision."""
        verdict = decision.verdict
        return DecisionRecord(
            id=decision.id,
            tenant=key.tenant,
            at=decision.now,
            edge=edge,
            key_id=key.id,
            subject=call.subject.id,
            agent=call.agent,
            session=call.session,
            call_id=call.call_id,
            server=call.server,
            tool=call.tool,
            args_hmac=self.args_hmac(call.args),
            effect=decision.effect,
            reason=verdict.code,
            reasons=tuple(asdict(reason) for reason in verdict.reasons),
            message=decision.message,
            revision=decision.revision,
            dry_run=decision.dry_run,
            engine=self.engine,
            changed_hmac=None if verdict.changed is None else self.args_hmac(verdict.changed),
            changes=tuple(asdict(change) for change in verdict.changes),
            obligations=tuple(asdict(one) for one in verdict.obligations),
            shadow=tuple(asdict(reason) for reason in verdict.shadow),
        )

    def args_hmac(self, args: Mapping[str, Any]) -> str:
        """Return a digest that only holders of the key can hold a guess against."""
        canonical = strictjson.canonical(dict(args)).encode()
        return "hmac-sha256:" + hmac.digest(self.digest_key, canonical, "sha256").hex()


class Records:
    """The stored records, for reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, decision_id: str) -> DecisionRecord | None:
        """Return one record."""
        query = select(decisions).where(decisions.c.id == decision_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else _record(row)

    async def latest(self, limit: int) -> list[DecisionRecord]:
        """Return the newest records, newest first."""
        query = select(decisions).order_by(desc(decisions.c.at), desc(decisions.c.id)).limit(limit)
        async with self._database.read() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]


def _record(row: RowMapping) -> DecisionRecord:
    lists = {name: tuple(json.loads(row[name])) for name in _LISTS}
    return DecisionRecord(**{**row, **lists})


def _row(record: DecisionRecord) -> dict[str, Any]:
    return {**asdict(record), **{name: json.dumps(getattr(record, name)) for name in _LISTS}}


_LISTS: Final = ("reasons", "changes", "obligations", "shadow")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What waits to be stored together: a record, and what its decision made happen."""

    record: DecisionRecord | None
    kept: Kept
    stored: "asyncio.Future[None]"


class RecordLog:
    """Group commit: one writer stores what is waiting in one transaction, then lets it go.

    `append` returns once its record is on disk and raises `Unrecorded` where that failed or the
    queue is full; nothing is dropped silently.
    """

    def __init__(self, database: Database, capacity: int) -> None:
        self._database = database
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(capacity)
        self._writer: asyncio.Task[None] | None = None
        self.failed_at: float | None = None

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

    def start(self) -> None:
        """Start the writer."""
        self._writer = asyncio.create_task(self._write(), name="record log")

    async def stop(self) -> None:
        """Store what waits, then stop."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        if not writer.done():
            with contextlib.suppress(TimeoutError):  # then those who wait are refused
                await asyncio.wait_for(self._waiting.join(), DRAIN_S)
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)

    async def append(self, record: DecisionRecord | None, kept: Kept = NOTHING_KEPT) -> None:
        """Wait until the record is stored, and with it what happened in its session."""
        if not self.writable:
            raise Unrecorded("the record log is not running")
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait(_Waiting(record, kept, stored))
        except asyncio.QueueFull as error:
            raise Unrecorded("too many records wait to be stored") from error
        await stored

    async def _write(self) -> None:
        batch: list[_Waiting] = []
        try:
            while True:
                batch = [await self._waiting.get()]
                while not self._waiting.empty() and len(batch) < BATCH:
                    batch.append(self._waiting.get_nowait())
                await self._store(batch)
                for _ in batch:
                    self._waiting.task_done()
                batch = []
        finally:
            self._fail(batch)

    async def _store(self, batch: list[_Waiting]) -> None:
        # Whoever no longer waits was refused: what would be stored did not happen.
        batch = [one for one in batch if not one.stored.done()]
        fault: Unrecorded | None = None
        try:
            async with asyncio.timeout(STORE_S), self._database.write() as connection:
                await _insert(connection, batch)
        except FAULTS as error:
            if not _is_of_one_record(error):
                self.failed_at = time.monotonic()
            elif len(batch) > 1:
                for waiting in batch:
                    await self._store([waiting])
                return
            fault = Unrecorded("the store refused the record")
            fault.__cause__ = error
        for one in batch:
            _settle(one.stored, fault)

    def _fail(self, batch: list[_Waiting]) -> None:
        """Leave nobody waiting when the writer ends, however it ends."""
        while not self._waiting.empty():
            batch.append(self._waiting.get_nowait())
        for one in batch:
            _settle(one.stored, Unrecorded("the record log has stopped"))
            self._waiting.task_done()


async def _insert(connection: AsyncConnection, batch: list[_Waiting]) -> None:
    records = [_row(one.record) for one in batch if one.record is not None]
    if records:
        await connection.execute(insert(decisions), records)
    await together([one.kept for one in batch]).store(connection)


def _is_of_one_record(error: BaseException) -> bool:
    """Tell a record that the store cannot hold from a store that holds none."""
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return False
    of_a_row = str(getattr(error.orig, "sqlstate", "")).startswith(_OF_A_ROW)
    return of_a_row or isinstance(error, IntegrityError | DataError)


_OF_A_ROW: Final = ("22", "23")  # PostgreSQL's classes for data and for constraints


def _settle(stored: "asyncio.Future[None]", fault: Unrecorded | None) -> None:
    if stored.done():  # its request was cancelled
        return
    if fault is None:
        stored.set_result(None)
    else:
        stored.set_exception(fault)

"""The record log: nothing is acknowledged that is not stored, nothing is lost in silence."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy.exc import OperationalError

from dsl.model import Decision, Effect, Reason, ReasonCode, ToolCall, Verdict
from memory.ids import new_id
from memory.keys import ApiKey, Scope
from memory.records.log import RecordLog, Unrecorded
from memory.records.record import DecisionRecord, Recorder
from memory.records.store import Records
from tests.memory.conftest import Store

NOW = datetime(2026, 3, 2, 10, 0, 0, 123456, tzinfo=UTC)
KEY = ApiKey("k_1", "default", "clerk", "ada", None, frozenset([Scope.CHECK]), NOW)


def a_record(**changes: object) -> DecisionRecord:
    """Return a record with a name of its own."""
    call = ToolCall("c1", "pay", {"amount": 5})
    reason = Reason(ReasonCode.RULE, Effect.DENY, policy="p", rule="r", because="nul \x00, \u2028")
    verdict = Verdict(Effect.DENY, ReasonCode.RULE, (reason,))
    decision = Decision(new_id("d", NOW), "c1", verdict, "Denied.", "1:sha256:0", NOW)
    record = Recorder(b"k" * 32, "drawbar/test").record(call, decision, "http", KEY)
    return structs.replace(record, **changes)


async def _appended(log: RecordLog, *records: DecisionRecord) -> list[BaseException | None]:
    log.start()
    waits = [log.append(record) for record in records]
    results = await asyncio.gather(*waits, return_exceptions=True)
    await log.stop()
    return results


def test_a_record_reads_back_as_it_was_written(store: Store) -> None:
    """Every field survives, to the microsecond and in UTC, hostile characters included."""
    record = a_record()
    store.run(_appended(RecordLog(store.database, 10), record))

    assert store.run(Records(store.database).get(record.id)) == record
    assert store.run(Records(store.database).get("d_none")) is None


def test_the_latest_come_first(store: Store) -> None:
    """`latest` goes back in time, and no further than asked."""
    records = [a_record(at=NOW + timedelta(seconds=n)) for n in range(5)]
    store.run(_appended(RecordLog(store.database, 10), *records))

    latest = store.run(Records(store.database).latest(3))

    assert latest == list(reversed(records))[:3]


def test_a_full_queue_refuses(store: Store) -> None:
    """What does not fit is refused at once; what fitted is stored."""
    log = RecordLog(store.database, 2)
    results = store.run(_appended(log, *(a_record() for _ in range(5))))

    refused = [one for one in results if isinstance(one, Unrecorded)]
    assert len(refused) == 3
    assert len(store.run(Records(store.database).latest(10))) == 2


def test_stopping_stores_what_waits(store: Store) -> None:
    """A stop loses nothing that was taken in, and takes nothing in afterwards."""
    log = RecordLog(store.database, 5000)

    async def work() -> list[BaseException | None]:
        log.start()
        waits = [asyncio.ensure_future(log.append(a_record())) for _ in range(3000)]
        await asyncio.sleep(0)
        await log.stop()
        with pytest.raises(Unrecorded):
            await log.append(a_record())
        return await asyncio.gather(*waits, return_exceptions=True)

    results = store.run(work())
    stored = store.run(Records(store.database).latest(10_000))
    assert len(stored) == sum(result is None for result in results) == 3000


def test_a_failing_store_refuses_and_the_log_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused batch is reported to everyone in it, and the next one is stored."""
    log, whole = RecordLog(store.database, 10), store.database.write

    def broken() -> None:
        raise OperationalError("insert", {}, OSError("disk full"))

    async def work() -> list[BaseException | None]:
        log.start()
        monkeypatch.setattr(store.database, "write", broken)
        during = list(await asyncio.gather(log.append(a_record()), return_exceptions=True))
        monkeypatch.setattr(store.database, "write", whole)
        await log.append(a_record())
        await log.stop()
        return during

    assert [type(result) for result in store.run(work())] == [Unrecorded]
    assert len(store.run(Records(store.database).latest(10))) == 1


def test_one_record_that_cannot_be_stored_refuses_no_other(store: Store) -> None:
    """A poisoned record in a batch is refused alone; its neighbours are stored."""
    log = RecordLog(store.database, 10)
    known = a_record()
    store.run(_appended(RecordLog(store.database, 10), known))
    twin = a_record(id=known.id)

    results = store.run(_appended(log, a_record(), twin, a_record()))

    assert log.failed_at is None  # the store itself is well
    assert [type(result) for result in results] == [type(None), Unrecorded, type(None)]
    assert len(store.run(Records(store.database).latest(10))) == 3


@pytest.mark.parametrize("at_once", [False, True])
def test_a_defect_nobody_thought_of_ends_no_writer(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    at_once: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Who waits is refused and the next one is stored; what was answered already is not lost."""
    monkeypatch.setattr("memory.records.log.AGAIN_S", 0.01)
    log, whole = RecordLog(store.database, 10, at_once=at_once), store.database.write
    faults = [RuntimeError("a defect"), MemoryError(), asyncio.CancelledError()]

    def broken() -> object:
        if faults:
            raise faults.pop()
        return whole()

    async def work() -> list[BaseException | None]:
        log.start()
        monkeypatch.setattr(store.database, "write", broken)
        results: list[BaseException | None] = []
        while faults:
            wait = log.append(a_record())
            results += await asyncio.gather(wait, return_exceptions=True)
            await asyncio.sleep(0.005)
        await log.stop()
        return results

    results = store.run(work())
    stored = store.run(Records(store.database).latest(10))
    assert (results[0] is None) == at_once
    assert len(stored) == results.count(None)
    assert log.lost == 0


def test_a_dead_writer_leaves_nobody_waiting(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of the writer itself refuses all who wait and all who come, and shows."""
    log = RecordLog(store.database, 10)

    async def broken(_batch: object) -> None:
        raise RuntimeError("a defect")

    async def work() -> list[BaseException | None]:
        monkeypatch.setattr(log, "_settle", broken)
        log.start()
        waits = [log.append(a_record()) for _ in range(3)]
        results = await asyncio.wait_for(asyncio.gather(*waits, return_exceptions=True), 30)
        assert not log.writable
        with pytest.raises(Unrecorded):
            await log.append(a_record())
        await log.stop()
        return results

    assert {type(result) for result in store.run(work())} == {Unrecorded}


def test_a_caller_that_gives_up_does_not_stop_the_others(store: Store) -> None:
    """A wait that is given up before its record is stored leaves nothing, and harms no other."""
    log = RecordLog(store.database, 10)

    async def work() -> None:
        log.start()
        gone = asyncio.ensure_future(log.append(a_record()))
        kept = asyncio.ensure_future(log.append(a_record()))
        await asyncio.sleep(0)
        gone.cancel()
        await kept
        await log.stop()

    store.run(work())
    assert len(store.run(Records(store.database).latest(10))) == 1


def test_the_digest_needs_the_key() -> None:
    """Equal arguments digest equally under one key, and otherwise under another."""
    one, other = Recorder(b"a" * 32, "x"), Recorder(b"b" * 32, "x")

    assert one.args_hmac({"a": 1, "b": 2}) == one.args_hmac({"b": 2, "a": 1})
    assert one.args_hmac({"a": 1}) != other.args_hmac({"a": 1})


def _counting_batches(log: RecordLog, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note how many records each transaction holds."""
    sizes: list[int] = []
    settle = log._settle

    async def counted(batch: list[Any]) -> None:
        sizes.append(len(batch))
        await settle(batch)

    monkeypatch.setattr(log, "_settle", counted)
    return sizes


def test_records_that_nobody_waits_for_gather(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come one after the other, and are stored together, all of them."""
    monkeypatch.setattr("memory.records.log.LINGER_S", 60.0)
    log = RecordLog(store.database, 100, at_once=True)
    sizes = _counting_batches(log, monkeypatch)

    async def work() -> None:
        log.start()
        for _ in range(5):
            await log.append(a_record())
            await asyncio.sleep(0.002)
        await log.stop()  # which waits for none of those sixty seconds

    store.run(work())
    assert sizes == [5]
    assert len(store.run(Records(store.database).latest(10))) == 5


def test_half_a_queue_waits_for_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that fills is stored at once, before anybody is refused."""
    monkeypatch.setattr("memory.records.log.LINGER_S", 60.0)
    log = RecordLog(store.database, 4, at_once=True)

    async def work() -> None:
        log.start()
        async with asyncio.timeout(60):
            for _ in range(12):
                await log.append(a_record())
                while log.depth > 1:  # noqa: ASYNC110 - a queue tells nobody
                    await asyncio.sleep(0.001)
        await log.stop()

    store.run(work())
    assert len(store.run(Records(store.database).latest(20))) == 12


class _Nothing:
    async def take(self, _connection: Any) -> None:
        """Store nothing."""


@pytest.mark.parametrize("at_once", [False, True])
def test_whoever_waits_is_not_kept_waiting_for_others(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    at_once: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """A record with steps, or in a log that is waited for, lets nothing gather any longer."""
    monkeypatch.setattr("memory.records.log.LINGER_S", 3600.0)
    log = RecordLog(store.database, 100, at_once=at_once)

    async def work() -> None:
        log.start()
        async with asyncio.timeout(600):
            if at_once:
                await log.append(a_record())
                await asyncio.sleep(0.01)  # it waits for others by now
            await log.append(a_record(), steps=[_Nothing()])
        await log.stop()

    store.run(work())
    assert len(store.run(Records(store.database).latest(10))) == 1 + at_once

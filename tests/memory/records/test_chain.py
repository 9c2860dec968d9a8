"""Records stand in chains: what follows what is held by hashes."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl import strictjson
from memory.database import Database
from memory.records.chain import Chain, genesis, link_hash
from memory.records.log import RecordLog, Unrecorded
from memory.records.record import canonical, record
from memory.tables import records, writers
from tests.memory.conftest import Store
from tests.memory.records.test_log import NOW, a_record
from tests.waiting import until

_TOLD = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**63), 2**64 - 1) | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text("abcxyz_"), inner),
    max_leaves=20,
)


@given(some.dictionaries(some.text("abcxyz_"), _TOLD))
def test_the_quick_form_is_the_canonical_one(told: dict[str, object]) -> None:
    """What a record is written as is what RFC 8785 says, without exotic names of members."""
    assert canonical(told) == strictjson.canonical(told)


def test_a_record_reads_back_from_what_is_chained() -> None:
    """The content holds every field."""
    made = a_record(at=NOW + timedelta(microseconds=7))

    assert record(made.content()) == made


async def _append(database: Database, number: int, log: RecordLog | None = None) -> RecordLog:
    log = log or RecordLog(database, 100)
    log.start()
    for _ in range(number):
        await log.append(a_record())
    await log.stop()
    return log


async def _chained(database: Database) -> list[tuple[str, int, str, str]]:
    column = records.c
    query = select(column.writer, column.seq, column.hash, column.content)
    async with database.read() as connection:
        rows = (await connection.execute(query.order_by(column.writer, column.seq))).all()
    return [tuple(row) for row in rows]


def test_each_record_follows_the_one_before(store: Store) -> None:
    """The first follows its writer, which is known by what it began after."""
    log = store.run(_append(store.database, 5))

    async def writer() -> Chain:
        async with store.database.read() as connection:
            row = (await connection.execute(select(writers))).one()
        head = genesis(row.id, row.engine, row.started_at, row.anchor)
        return Chain(row.id, 0, head)

    begun = store.run(writer())
    rows = store.run(_chained(store.database))
    _, links = begun.link([content for *_, content in rows])

    assert begun.writer == log.writer
    assert [tuple(link) for link in links] == [tuple(row[:3]) for row in rows]
    assert [seq for _, seq, _, _ in rows] == [1, 2, 3, 4, 5]


def test_two_logs_are_two_writers(store: Store) -> None:
    """Nobody continues the chain of another, nor its own of an earlier start."""

    async def work() -> None:
        for _ in range(2):
            await _append(store.database, 2)

    store.run(work())
    rows = store.run(_chained(store.database))

    assert [seq for _, seq, _, _ in rows] == [1, 2, 1, 2]
    assert len({writer for writer, *_ in rows}) == 2


def test_a_chain_goes_on_after_a_fault(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch whose commit is in doubt is looked up, so the chain has neither gap nor fork."""
    real = Database.write

    @asynccontextmanager
    async def doubtful(database: Database) -> AsyncIterator[AsyncConnection]:
        """Commit, and then say that it failed."""
        async with real(database) as connection:
            yield connection
        raise OperationalError("commit", {}, Exception("no answer"))

    async def work() -> None:
        log = await _append(store.database, 2)
        log.start()
        with monkeypatch.context() as patch:
            patch.setattr(Database, "write", doubtful)
            with pytest.raises(Unrecorded):
                await log.append(a_record())
        await log.append(a_record())
        await log.stop()

    store.run(work())
    rows = store.run(_chained(store.database))

    assert [seq for _, seq, _, _ in rows] == [1, 2, 3, 4]
    for (writer, _, before, _), (_, seq, head, content) in itertools.pairwise(rows):
        assert link_hash(writer, seq, before, content) == head


def test_a_first_fault_begins_the_chain_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that was never stored is not continued."""

    async def refuse(*_: object) -> None:
        raise OperationalError("insert", {}, Exception("disk full"))

    async def work() -> None:
        log = RecordLog(store.database, 10)
        log.start()
        with monkeypatch.context() as patch:
            patch.setattr("memory.records.chain.Chain.link", refuse)
            patch.setattr("memory.records.log.chains.begin", refuse)
            with pytest.raises(Unrecorded):
                await log.append(a_record())
        await log.append(a_record())
        await log.stop()

    store.run(work())

    assert [seq for _, seq, _, _ in store.run(_chained(store.database))] == [1]


def test_an_answer_at_once_is_stored_when_the_store_is_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`at_once` keeps what it answered until it is stored, and refuses new records meanwhile."""
    monkeypatch.setattr("memory.records.log.AGAIN_S", 0.01)

    def refuse(*_: object) -> None:
        raise OSError("disk full")

    async def work() -> int:
        log = RecordLog(store.database, 10, at_once=True)
        log.start()
        with monkeypatch.context() as patch:
            patch.setattr(Database, "write", refuse)
            await log.append(a_record())
            await until(lambda: not log.healthy)
            with pytest.raises(Unrecorded):
                await log.append(a_record())
        await until(lambda: log.healthy)
        await log.append(a_record())
        await log.stop()
        return log.lost

    assert store.run(work()) == 0
    assert len(store.run(_chained(store.database))) == 2


def test_what_was_stored_unseen_is_not_said_to_be_lost(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that was done though it failed: the record is found when it is tried again."""
    monkeypatch.setattr("memory.records.log.AGAIN_S", 0.01)
    dialect: Any = store.database.engine.dialect
    commit, faults = dialect.do_commit, [OperationalError("commit", {}, OSError("gone"))]

    def committing(connection: object) -> None:
        commit(connection)
        if faults:
            raise faults.pop()

    async def work() -> int:
        monkeypatch.setattr(dialect, "do_commit", committing)
        log = RecordLog(store.database, 10, at_once=True)
        log.start()
        await log.append(a_record())
        await log.stop()
        return log.lost

    assert store.run(work()) == 0
    assert [seq for _, seq, _, _ in store.run(_chained(store.database))] == [1]


def test_what_can_never_be_stored_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answered record that the store cannot hold is counted as lost, and the next are kept."""
    monkeypatch.setattr("memory.records.log.AGAIN_S", 0.01)
    first = a_record()
    twin = a_record(id=first.id, call_id="c2")

    async def work() -> int:
        log = RecordLog(store.database, 10, at_once=True)
        log.start()
        for one in (first, twin, a_record()):
            await log.append(one)
        await log.stop()
        return log.lost

    assert store.run(work()) == 1
    assert [seq for _, seq, _, _ in store.run(_chained(store.database))] == [1, 2]

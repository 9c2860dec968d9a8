"""What a Redis does to sessions when it fails or forgets: nothing is let through by it."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsl.model import Cause
from memory.database import StoreError, sqlite_url
from memory.records.act import Actor, By
from memory.records.log import RecordLog
from memory.sealing import Sealer
from memory.sessions import events
from memory.sessions.in_redis.keys import INDEX
from memory.sessions.in_redis.lease import Lease
from memory.sessions.in_redis.server import Server
from memory.sessions.in_redis.store import RedisStore
from memory.sessions.opening import begin_anew, open_sessions
from memory.sessions.sealed import Sealed
from memory.sessions.store import Kept, NotKept, SessionsLost
from tests.memory.conftest import Store
from tests.memory.redis_process import DURABLE, RedisProcess
from tests.memory.sessions.conftest import KEY, SessionsInRedis
from tests.memory.sessions.test_faults import ADA, DAY, NOW, known, let, turn
from tests.waiting import until

EVE = Actor(By.OS_USER, "eve@host")
SEALED = Sealed(Sealer(KEY, "t"))


@pytest.fixture
def own() -> Iterator[RedisProcess]:
    """Return a Redis that may be killed."""
    process = RedisProcess(*DURABLE)
    yield process
    process.close()


@pytest.fixture
def in_own(own: RedisProcess, tmp_path: Path) -> Iterator[SessionsInRedis]:
    """Return sessions in a Redis that may be killed."""
    made = SessionsInRedis(sqlite_url(tmp_path), own)
    yield made
    made.close()


def refusal(store: Store, url: str | None) -> str:
    """Return why a gateway does not start."""
    with pytest.raises(StoreError) as caught:
        store.run(open_sessions(store.database, url, SEALED))
    return str(caught.value)


def test_who_lost_the_turn_stores_nothing(
    in_redis: SessionsInRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that stands still for longer than its locks last is refused, the next one not."""
    monkeypatch.setattr("memory.sessions.in_redis.lease.LEASE_MS", 100)
    monkeypatch.setattr(Lease, "_later", lambda _self: None)
    still, other = in_redis.gateway(), in_redis.gateway()

    async def stand() -> None:
        async with turn(still, in_redis, reach=DAY) as one:
            one.take(let(1))
            monkeypatch.setattr("memory.sessions.in_redis.lease.LEASE_MS", 30_000)
            async with asyncio.timeout(20), turn(other, in_redis, reach=DAY) as another:
                another.take(let(2))

    async def work() -> list[str]:
        with pytest.raises(NotKept, match="another has the turn"):
            await stand()
        async with turn(still, in_redis) as one:
            assert one.session is not None
            return list(one.session.let_through())

    assert in_redis.run(work()) == ["c2"]


def test_who_lost_the_turn_is_refused_even_if_nothing_happened(
    in_redis: SessionsInRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that was let through before is let through again by who may still say so."""
    monkeypatch.setattr("memory.sessions.in_redis.lease.LEASE_MS", 50)
    monkeypatch.setattr(Lease, "_later", lambda _self: None)
    still = in_redis.gateway()

    async def stand() -> None:
        async with turn(still, in_redis):
            await asyncio.sleep(0.2)

    async def work() -> None:
        with pytest.raises(NotKept, match="another has the turn"):
            await stand()

    in_redis.run(work())


def test_a_long_turn_keeps_its_locks(
    in_redis: SessionsInRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as its gateway is alive nobody comes between, and what happened is stored."""
    monkeypatch.setattr("memory.sessions.in_redis.lease.LEASE_MS", 900)
    slow, other = in_redis.gateway(), in_redis.gateway()

    async def work() -> list[str]:
        async with turn(slow, in_redis) as one:
            one.take(events.said("u1", NOW, "slow"))
            waiting = asyncio.create_task(known(other, in_redis))
            await asyncio.sleep(1.3)
            assert not waiting.done()
        return await waiting

    assert in_redis.run(work()) == ["slow"]


def test_two_gateways_take_turns(in_redis: SessionsInRedis) -> None:
    """However eager the one is, the other one comes in between."""
    eager, other = in_redis.gateway(), in_redis.gateway()
    order: list[str] = []

    async def ask(name: str, gateway: Any, times: int) -> None:
        for _ in range(times):
            async with turn(gateway, in_redis):
                order.append(name)
                await asyncio.sleep(0.005)

    async def work() -> None:
        asking = [asyncio.create_task(ask("eager", eager, 15)) for _ in range(4)]
        await until(lambda: bool(order))
        await ask("other", other, 5)
        await asyncio.gather(*asking)

    in_redis.run(work())
    places = [at for at, name in enumerate(order) if name == "other"]
    assert places[-1] < 40, order


def test_a_kill_loses_nothing_and_lets_nothing_through(
    in_own: SessionsInRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was acknowledged is there when it is back; what was under way did not happen."""
    monkeypatch.setattr("memory.sessions.in_redis.lease.LEASE_MS", 2_000)
    held = in_own.gateway()

    async def killed() -> None:
        async with turn(held, in_own) as one:
            one.take(events.said("u2", NOW, "lost"))
            in_own.redis.kill()

    async def work() -> list[str]:
        async with turn(held, in_own) as one:
            one.take(events.said("u1", NOW, "kept"))
        with pytest.raises(NotKept):
            await killed()
        with pytest.raises(NotKept):
            await known(held, in_own)
        in_own.redis.start()
        async with asyncio.timeout(20):  # the locks of the turn that was cut off run out
            return await known(held, in_own)

    assert in_own.run(work()) == ["kept"]


def test_one_that_hangs_refuses(in_own: SessionsInRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis that answers nothing is waited for no longer than is said."""
    monkeypatch.setattr("memory.sessions.in_redis.lease.LEASE_MS", 2_000)
    patient = in_own.gateway()
    monkeypatch.setattr("memory.sessions.in_redis.server.ANSWER_S", 0.3)
    hasty = in_own.gateway()

    async def work() -> list[str]:
        await known(patient, in_own)
        in_own.redis.stand_still()
        async with asyncio.timeout(20):
            with pytest.raises(NotKept):
                await known(hasty, in_own)
        in_own.redis.go_on()
        async with asyncio.timeout(20):
            return await known(patient, in_own)

    assert in_own.run(work()) == []


def test_any_key_that_is_gone_is_noticed(in_redis: SessionsInRedis) -> None:
    """Evicted, removed or lost: whoever needs it is refused, however little is gone."""
    client = in_redis.redis.client()

    async def happen() -> None:
        async with turn(in_redis.gateway(), in_redis, reach=DAY) as one:
            one.take(let(1))

    async def ask() -> None:
        reach: Any = dict.fromkeys(("subject", "agent", "tenant"), DAY["subject"])
        async with turn(in_redis.gateway(), in_redis, reach=reach):
            pass
        async with in_redis.kept(SEALED).read() as reading:
            await reading.lately(ADA, 8)  # type: ignore[attr-defined]  # this one tells

    in_redis.run(happen())
    in_redis.run(ask())
    there = [key for key in client.keys("drawbar:*") if b"lock" not in key]
    assert len(there) == 6  # the index, a session, three windows, what its owner opened
    for key in there:
        was = client.dump(key)
        client.delete(key)
        with pytest.raises(SessionsLost):
            in_redis.run(ask())
        client.restore(key, 0, was)
    in_redis.run(ask())


def test_a_trimmed_key_is_noticed_too(in_redis: SessionsInRedis) -> None:
    """One event fewer is as bad as none."""
    client = in_redis.redis.client()

    async def work() -> None:
        async with turn(in_redis.gateway(), in_redis) as one:
            one.take(let(1))
            one.take(let(2))
        client.xtrim("drawbar:session\ndefault\ns1", maxlen=1, approximate=False)
        with pytest.raises(SessionsLost):
            await known(in_redis.gateway(), in_redis)

    in_redis.run(work())


def test_an_emptied_redis_refuses_now_and_at_the_start(in_redis: SessionsInRedis) -> None:
    """Without its mark nothing is counted from nothing, until a person says so."""
    held = in_redis.gateway()

    async def work() -> None:
        await known(held, in_redis)
        in_redis.redis.client().flushall()
        assert not await held.answers()
        with pytest.raises(SessionsLost):
            await known(held, in_redis)

    in_redis.run(work())
    assert "they were lost" in refusal(in_redis, in_redis.redis.url)
    in_redis.run(begin_anew(in_redis.database, in_redis.redis.url, EVE, NOW))
    opened = in_redis.run(open_sessions(in_redis.database, in_redis.redis.url, SEALED))
    assert in_redis.run(opened.answers())
    in_redis.run(opened.close())


def test_an_older_copy_is_noticed_by_who_knows_more(in_own: SessionsInRedis) -> None:
    """A running gateway remembers how far it was, and then nobody goes on with the copy."""
    older = in_own.redis.files() / "older"

    async def said(held: Any, number: int) -> None:
        async with turn(held, in_own) as one:
            one.take(events.said(f"u{number}", NOW, "x"))

    async def work() -> None:
        knows, other = in_own.gateway(), in_own.gateway()
        await said(knows, 1)
        shutil.copytree(in_own.redis.files() / "appendonlydir", older)
        await said(knows, 2)
        in_own.redis.kill()
        shutil.rmtree(in_own.redis.files() / "appendonlydir")
        older.rename(in_own.redis.files() / "appendonlydir")
        in_own.redis.start()
        for gateway in (knows, other):
            with pytest.raises(SessionsLost):
                async with asyncio.timeout(20):
                    await said(gateway, 3)

    in_own.run(work())


def test_an_older_copy_is_noticed_at_the_start(
    in_redis: SessionsInRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is told now and then how far the sessions are."""
    monkeypatch.setattr("memory.sessions.in_redis.store.NOTE_EACH", 10)

    async def work() -> None:
        async with turn(in_redis.gateway(), in_redis) as one:
            for number in range(12):
                one.take(events.said(f"u{number}", NOW, "x"))

    in_redis.run(work())
    in_redis.redis.client().hset(INDEX, "number", 11)
    assert "older" in refusal(in_redis, in_redis.redis.url)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "appendonly"),
        ((*DURABLE, "--maxmemory-policy", "allkeys-lru"), "noeviction"),
        ((*DURABLE, "--replicaof", "127.0.0.1", "1"), "replica"),
        ((*DURABLE, "--cluster-enabled", "yes"), "cluster"),
    ],
)
def test_a_server_that_may_forget_is_not_used(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    """Each thing that it must promise is looked at before the first decision."""
    process, store = RedisProcess(*arguments), Store(sqlite_url(tmp_path))
    try:
        assert words in refusal(store, process.url)
    finally:
        store.close()
        process.close()


def test_a_promise_that_is_taken_back_is_noticed(in_own: SessionsInRedis) -> None:
    """Whoever no longer writes to its disk does not keep what it is told."""
    held = in_own.gateway()

    async def work() -> None:
        await known(held, in_own)
        in_own.redis.client().config_set("appendonly", "no")
        with pytest.raises(NotKept):
            async with turn(held, in_own) as one:
                one.take(let(1))

    in_own.run(work())


def test_a_full_redis_stores_nothing_by_halves(in_own: SessionsInRedis) -> None:
    """What does not fit is refused, and what was there goes on once there is room."""
    held = in_own.gateway()
    client = in_own.redis.client()

    async def filled() -> None:
        async with turn(held, in_own) as one:
            one.take(events.said("u2", NOW, "lost"))
            client.config_set("maxmemory", 1)

    async def work() -> tuple[list[str], tuple[int, int]]:
        async with turn(held, in_own) as one:
            one.take(events.said("u1", NOW, "before"))
        with pytest.raises(NotKept):
            await filled()
        client.config_set("maxmemory", 0)
        return await known(held, in_own), await in_own.counted()

    assert in_own.run(work()) == (["before"], (1, 1))


def test_a_call_without_a_session_is_counted(in_redis: SessionsInRedis) -> None:
    """It holds no lock and is stored all the same, before its turn is over."""
    held = in_redis.gateway()

    async def work() -> tuple[int, Any]:
        async with turn(held, in_redis, None) as one:
            one.take(let(1))
        async with turn(held, in_redis, None, reach=DAY) as one:
            return len(one.windows["subject"]), one.cause  # type: ignore[arg-type]  # known

    assert in_redis.run(work()) == (1, Cause.NO_STATE)


def test_records_are_stored_beside(in_redis: SessionsInRedis) -> None:
    """A turn leaves nothing to the log: what happened is in Redis alone."""
    held = in_redis.gateway()

    async def work() -> tuple[int, int]:
        log = RecordLog(in_redis.database, 10)
        log.start()
        async with held.turn(ADA, "s1", {}, NOW) as one:
            one.take(let(1))
            assert not held.left(one)
            await log.append((), held.left(one))
        await log.stop()
        async with in_redis.database.read() as connection:
            found = await connection.exec_driver_sql("SELECT count(*) FROM session_events")
            return found.scalar_one(), (await in_redis.counted())[1]

    assert in_redis.run(work()) == (0, 1)


def test_sessions_do_not_move_by_themselves(redis: RedisProcess, tmp_path: Path) -> None:
    """Neither into Redis, nor back, nor to another one: the counts would begin at zero."""
    store = Store(sqlite_url(tmp_path))
    sealed = SEALED.rows(ADA, "s1", [let(1)])

    async def happen() -> None:
        async with store.database.write() as connection:
            await Kept(events=sealed).store(connection)

    store.run(happen())
    assert "kept in the database" in refusal(store, redis.url)
    store.run(begin_anew(store.database, redis.url, EVE, NOW))
    opened = store.run(open_sessions(store.database, redis.url, SEALED))
    store.run(opened.close())
    assert "kept in Redis" in refusal(store, None)
    other = RedisProcess(*DURABLE)
    assert "not those" in refusal(store, other.url)
    other.close()
    store.run(begin_anew(store.database, None, EVE, NOW))
    store.run(open_sessions(store.database, None, SEALED))
    store.close()


def test_a_redis_of_another_store_is_not_taken(in_redis: SessionsInRedis, tmp_path: Path) -> None:
    """Two stores never write into each other's sessions."""
    in_redis.run(known(in_redis.gateway(), in_redis))

    async def happen() -> None:
        async with turn(in_redis.gateway(), in_redis) as one:
            one.take(let(1))

    in_redis.run(happen())
    (tmp_path / "other").mkdir()
    other = Store(sqlite_url(tmp_path / "other"))
    assert "another store" in refusal(other, in_redis.redis.url)
    other.close()


def test_gateways_that_start_together_agree(redis: RedisProcess, tmp_path: Path) -> None:
    """The first time there is no mark yet, and only one is made."""
    store = Store(sqlite_url(tmp_path))

    async def start() -> str:
        opened = await open_sessions(store.database, redis.url, SEALED)
        assert isinstance(opened, RedisStore)
        await opened.close()
        return opened.server.store

    async def work() -> list[str]:
        return await asyncio.gather(*(start() for _ in range(4)))

    assert len(set(store.run(work()))) == 1
    store.close()


def test_no_redis_no_start(tmp_path: Path) -> None:
    """A gateway does not begin without what it counts by, and tells no password."""
    store = Store(sqlite_url(tmp_path))
    words = refusal(store, "redis://ada:hunter2@127.0.0.1:1/0")
    assert "127.0.0.1:1" in words
    assert "hunter2" not in words
    assert "hunter2" not in refusal(store, "http://hunter2@h")
    store.close()


def test_a_password_is_not_shown() -> None:
    """Nor where it stands behind the question mark."""
    assert Server("redis://:hunter2@h:1/2?password=hunter2").shown == "redis://h:1/2"

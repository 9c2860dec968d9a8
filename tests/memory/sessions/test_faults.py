"""What a store does to sessions when it fails: nothing is allowed by it, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as on
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError

from dsl.errors import PolicyError
from dsl.model import Cause, ToolCall
from dsl.syntax import Per
from dsl.types import Unknown
from memory.database import Database
from memory.records.log import RecordLog, Unrecorded
from memory.sealing import Sealer, SealError
from memory.sessions import events
from memory.sessions.cache import Cache
from memory.sessions.locks import Locks
from memory.sessions.session import Owner, Session
from memory.sessions.sessions import NotYours, Sessions, Turn
from memory.tables import session_events
from memory.tables import sessions as opened
from tests.memory.conftest import Store, new_database
from tests.memory.proxy import Proxy

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ADA = Owner("default", "ada", None)
EVE = Owner("default", "eve", None)
DAY: dict[Per, timedelta] = {"subject": timedelta(days=1)}
RULES = "overlay t version 1; rule a: deny pay;"


def kept(database: Database, key: bytes = b"k" * 32) -> Sessions:
    sealer = Sealer(key, "t")
    return Sessions(database, sealer, timedelta(hours=1), shared=database.shared)


def let(number: int, **args: Any) -> events.Event:
    call = ToolCall(f"c{number}", "pay", args)
    return events.let(call, call.args, NOW)


@asynccontextmanager
async def turn(
    held: Sessions, database: Database, name: str | None = "s1", owner: Owner = ADA, **more: Any
) -> AsyncIterator[Turn]:
    """Take a turn as a gateway does: what is left of it is stored before it ends."""
    async with held.turn(owner, name, more.get("reach", {}), NOW) as one:
        yield one
        if left := held.left(one):
            async with database.write() as connection:
                await left.store(connection)


async def known(held: Sessions, database: Database, name: str = "s1") -> list[str]:
    """Return what the user said, as a turn knows it."""
    async with turn(held, database, name) as one:
        return list(one.session.texts) if one.session is not None else ["nothing"]


async def stored(database: Database) -> tuple[int, int]:
    """Return how many sessions and events the store holds."""
    async with database.read() as connection:
        counts = [
            (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (opened, session_events)
        ]
    return counts[0], counts[1]


@pytest.fixture
def database(postgres: Any) -> Iterator[Store]:
    """Return an empty PostgreSQL."""
    store = Store(new_database(postgres))
    yield store
    store.close()


def test_what_could_not_be_committed_did_not_happen(database: Store) -> None:
    """A commit that fails leaves no reservation, no word and no session in memory either."""
    held = kept(database.database)

    def fail(_connection: object) -> None:
        raise OSError("gone")

    async def work() -> tuple[bool, list[str], tuple[int, int]]:
        on.listen(database.database.engine.sync_engine, "commit", fail)
        with pytest.raises(OSError, match="gone"):
            async with turn(held, database.database) as one:
                one.take(events.said("u1", NOW, "hello"))
        on.remove(database.database.engine.sync_engine, "commit", fail)
        async with turn(held, database.database, owner=EVE) as one:
            hers = one.take(events.said("u1", NOW, "mine"))
        return hers, await hers_only(), await stored(database.database)

    async def hers_only() -> list[str]:
        async with turn(held, database.database, owner=EVE) as one:
            return list(one.session.texts) if one.session is not None else []

    assert database.run(work()) == (True, ["mine"], (1, 1))


def test_what_is_told_again_after_a_fault_is_stored(store: Store) -> None:
    """A host that repeats what was refused with a fault is not told that it had happened."""
    held, database = kept(store.database), store.database

    async def fail() -> None:
        async with held.turn(ADA, "s1", {}, NOW) as one:
            one.take(events.said("u1", NOW, "hello"))
            raise RuntimeError("the log could not store it")

    async def work() -> list[str]:
        await known(held, database)
        with pytest.raises(RuntimeError):
            await fail()
        async with turn(held, database) as one:
            assert one.take(events.said("u1", NOW, "hello"))
        return await known(kept(database), database)

    assert store.run(work()) == ["hello"]


def test_a_turn_that_changes_nothing_may_fail_and_keeps_the_session(store: Store) -> None:
    """Who is refused cannot make the gateway read a session again and again."""
    held, database = kept(store.database), store.database

    async def work() -> bool:
        async with turn(held, database) as one:
            one.take(events.said("u1", NOW, "hello"))
            before = one.session
        with pytest.raises(NotYours):
            async with turn(held, database, owner=EVE):
                pass
        with pytest.raises(RuntimeError):
            async with turn(held, database):
                raise RuntimeError("refused")
        async with turn(held, database) as one:
            return one.session is before

    assert store.run(work())


def test_rules_that_cannot_be_read_are_never_passed_over(store: Store) -> None:
    """An overlay of a later version refuses every turn, not only the first."""
    held, database = kept(store.database), store.database
    later = events.narrowed("o1", NOW, "overlay t version 1; rule a: someday pay;")

    async def put(event: events.Event) -> None:
        rows = held._store.rows(ADA, "s1", [event])
        async with database.write() as connection:
            await connection.execute(insert(session_events), rows)

    async def work() -> None:
        await known(held, database)
        await put(later)
        for gateway in (kept(database), *((held,) if database.shared else ())):
            for _ in range(3):
                with pytest.raises(PolicyError):
                    await known(gateway, database)

    store.run(work())


def test_another_key_reads_nothing_and_says_so(store: Store) -> None:
    """With another digest key a session cannot be had, and the gateway can tell at the start."""
    database = store.database

    async def work() -> tuple[bool, bool, bool]:
        empty = await kept(database, b"x" * 32).readable()
        async with turn(kept(database), database) as one:
            one.take(let(1))
        other = kept(database, b"x" * 32)
        for name, reach in (("s1", {}), ("s2", DAY)):
            with pytest.raises(SealError):
                async with turn(other, database, name, reach=reach):
                    pass
        return empty, await kept(database).readable(), await other.readable()

    assert store.run(work()) == (True, True, False)


def test_more_turns_than_connections_and_the_log_beside(store: Store) -> None:
    """However many sessions are at it, each decision finds a connection for its record."""
    held, database = kept(store.database), store.database

    async def one_turn(log: RecordLog, number: int) -> None:
        async with held.turn(ADA, f"s{number}", {}, NOW) as one:
            one.take(let(number))
            await log.append(None, held.left(one))

    async def work() -> tuple[int, int]:
        log = RecordLog(database, 1_000)
        log.start()
        async with asyncio.timeout(20):
            await asyncio.gather(*(one_turn(log, number) for number in range(40)))
        await log.stop()
        return await stored(database)

    assert store.run(work()) == (40, 40)


def test_without_a_session_and_a_window_no_turn_is_waited_for(database: Store) -> None:
    """A decision that is alone with nothing holds no connection while it is recorded."""
    held = kept(database.database)

    async def work() -> tuple[int, int]:
        async with held.turn(ADA, None, {}, NOW) as one:
            one.take(let(1))
            busy = database.database.engine.pool.status()
            assert "checked out connections: 0" in busy.lower()
            async with database.database.write() as connection:
                await held.left(one).store(connection)
        return await stored(database.database)

    assert database.run(work()) == (0, 1)


def test_a_gateway_that_stands_still_keeps_others_waiting_no_longer(
    database: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn that does not end loses its lock, and then cannot store what it decided."""
    monkeypatch.setattr("memory.sessions.locks.IDLE_MS", 100)
    still, other = kept(database.database), kept(database.database)

    async def stand() -> None:
        async with turn(still, database.database) as one:
            one.take(events.said("u1", NOW, "late"))
            async with asyncio.timeout(5), turn(other, database.database) as another:
                another.take(events.said("u2", NOW, "in time"))

    async def work() -> list[str]:
        with pytest.raises(DBAPIError):
            await stand()
        return await known(still, database.database)

    assert database.run(work()) == ["in time"]


def test_a_wait_that_is_given_up_leaves_no_lock(store: Store) -> None:
    """Cancelled while it waits, or while it holds: the next one enters."""
    held, database = kept(store.database), store.database
    inside = asyncio.Event()

    async def hold() -> None:
        async with turn(held, database):
            inside.set()
            await asyncio.sleep(60)

    async def work() -> list[str]:
        holding = asyncio.create_task(hold())
        await inside.wait()
        for gateway in (held, *((kept(database),) if database.shared else ())):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1), turn(gateway, database):
                    pass
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
        async with asyncio.timeout(5):
            return await known(held, database)

    assert store.run(work()) == []
    assert not held._locks._held


def test_locks_are_taken_in_one_order() -> None:
    """Two that want the same two things never wait for each other for ever."""
    locks = Locks()

    async def one(names: Sequence[str]) -> None:
        for _ in range(20):
            async with locks.hold(names):
                await asyncio.sleep(0)

    async def work() -> None:
        async with asyncio.timeout(5):
            await asyncio.gather(one(["a", "b"]), one(["b", "a"]), one(["b", "c", "a", "a"]))

    asyncio.run(work())


def test_the_cache_holds_no_more_than_fits() -> None:
    """By number and by bytes; one that is taken out weighs nothing."""
    cache = Cache(sessions=3, size=4_000)
    for number in range(5):
        session = Session(ADA, NOW)
        session.take(events.said("u", NOW, "x" * (2_000 if number > 2 else 5)))
        cache.put(("t", str(number)), session)

    assert [cache.take(("t", str(number))) is not None for number in range(5)] == [
        *(False, False, False, False),
        True,
    ]
    assert (len(cache), cache.weight) == (0, 0)


def test_a_window_that_holds_too_much_is_unknown(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither too many events nor too many bytes are read for one decision."""
    held, database = kept(store.database), store.database

    async def window() -> Any:
        async with turn(held, database, None, reach=DAY) as one:
            found = one.windows["subject"]
            return found.cause if isinstance(found, Unknown) else len(found)

    async def work() -> list[Any]:
        async with turn(held, database) as one:
            one.take(let(1, text="x" * 5_000))
            one.take(let(2))
        seen = [await window()]
        monkeypatch.setattr("memory.sessions.wider.MOST_BYTES", 5_000)
        seen.append(await window())
        monkeypatch.undo()
        monkeypatch.setattr("memory.sessions.wider.MOST_EVENTS", 1)
        return [*seen, await window()]

    assert store.run(work()) == [2, Cause.TOO_MUCH, Cause.TOO_MUCH]


def test_a_full_session_keeps_its_rules(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What narrowed it is read even where the rest no longer is."""
    monkeypatch.setattr("memory.sessions.sessions.FULL", 5_000)
    held, database = kept(store.database), store.database

    async def work() -> list[tuple[Cause | None, int]]:
        async with turn(held, database) as one:
            one.take(events.narrowed("o1", NOW, RULES))
            one.take(events.said("u1", NOW, "x" * 6_000))
        seen = []
        for gateway in (held, held, kept(database)):
            async with turn(gateway, database) as one:
                seen.append((None if one.session else one.cause, len(one.overlays)))
        return seen

    assert store.run(work()) == [(Cause.SESSION_OVERFLOW, 1)] * 3


def test_a_clock_that_goes_back_ends_no_session(store: Store) -> None:
    """A session whose last event lies ahead is open; one at its very limit is, too."""
    held, database = kept(store.database), store.database

    async def open_at(now: datetime) -> bool:
        async with held.turn(ADA, "s1", {}, now) as one:
            return one.session is not None

    async def work() -> list[bool]:
        await known(held, database)
        hour = timedelta(hours=1)
        moments = (NOW - hour, NOW + hour, NOW + hour + timedelta(microseconds=1), NOW)
        return [await open_at(moment) for moment in moments]

    assert store.run(work()) == [True, True, False, True]


def test_the_log_lets_go_of_a_connection_that_is_dead(
    postgres: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection on which nothing moves refuses its batch, and the next one is stored."""
    monkeypatch.setattr("memory.records.log.STORE_S", 0.3)
    address = new_database(postgres)

    async def work() -> tuple[bool, tuple[int, int]]:
        async with Proxy(Path(postgres.pgdata), tmp_path) as proxy:
            database = Database(address.replace(str(postgres.pgdata), str(tmp_path)))
            await database.migrate()
            held = kept(database)
            log = RecordLog(database, 10)
            log.start()
            proxy.stand_still()
            with pytest.raises(Unrecorded):
                async with asyncio.timeout(10):
                    await log.append(None, held._kept(a_turn()))
            unwell = not log.healthy
            proxy.go_on()
            await log.append(None, held._kept(a_turn()))
            await log.stop()
            counted = await stored(database)
            await database.close()
        return unwell, counted

    def a_turn() -> Turn:
        return Turn(ADA, "s1", None, Cause.NO_STATE, {}, happened=[events.said("u1", NOW, "x")])

    assert asyncio.run(work()) == (True, (0, 1))


def test_a_store_that_refuses_to_be_asked_says_nothing_of_one_record(database: Store) -> None:
    """A PostgreSQL that takes no connections is unwell; it is not tried once a record."""
    log = RecordLog(database.database, 100)
    tries: list[object] = []

    async def work() -> None:
        name = database.database.engine.url.database
        await database.database.engine.dispose()
        on.listen(database.database.engine.sync_engine, "do_connect", lambda *a: tries.append(a))
        await _admin(database, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        log.start()
        turns = [Turn(ADA, "s1", None, Cause.NO_STATE, {}) for _ in range(20)]
        for number, one in enumerate(turns):
            one.happened.append(let(number))
        held = kept(database.database)
        waits = [log.append(None, held._kept(one)) for one in turns]
        results = await asyncio.gather(*waits, return_exceptions=True)
        assert {type(result) for result in results} == {Unrecorded}
        await log.stop()

    database.run(work())
    assert log.failed_at is not None
    assert len(tries) == 1


async def _admin(database: Store, statement: str) -> None:
    """Say something to the server from another of its databases."""
    url = database.database.engine.url.set(database="postgres")
    other = Database(url.render_as_string(hide_password=False))
    async with other.engine.connect() as connection:
        free = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await free.execute(text(statement))
    await other.close()

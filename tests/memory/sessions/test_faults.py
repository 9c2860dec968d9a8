"""What a store does to sessions when it fails: nothing is allowed by it, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dsl.errors import PolicyError
from dsl.model import Cause, ToolCall
from dsl.syntax import Per
from dsl.types import Unknown
from memory.records.log import RecordLog
from memory.sealing import SealError
from memory.sessions import events
from memory.sessions.cache import Cache
from memory.sessions.locks import Locks
from memory.sessions.session import Owner, Session
from memory.sessions.sessions import NotYours, Sessions, Turn
from tests.memory.sessions.conftest import SessionsIn

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ADA = Owner("default", "ada", None)
EVE = Owner("default", "eve", None)
DAY: dict[Per, timedelta] = {"subject": timedelta(days=1)}
RULES = "overlay t version 1; rule a: deny pay;"


def let(number: int, **args: Any) -> events.Event:
    call = ToolCall(f"c{number}", "pay", args)
    return events.let(call, call.args, NOW)


@asynccontextmanager
async def turn(
    held: Sessions, store: SessionsIn, name: str | None = "s1", owner: Owner = ADA, **more: Any
) -> AsyncIterator[Turn]:
    """Take a turn as a gateway does: what is left of it is stored before it ends."""
    async with held.turn(owner, name, more.get("reach", {}), NOW) as one:
        yield one
        await store.keep(held, one)


async def known(held: Sessions, store: SessionsIn, name: str = "s1") -> list[str]:
    """Return what the user said, as a turn knows it."""
    async with turn(held, store, name) as one:
        return list(one.session.texts) if one.session is not None else ["nothing"]


def test_what_is_told_again_after_a_fault_is_stored(store: SessionsIn) -> None:
    """A host that repeats what was refused with a fault is not told that it had happened."""
    held = store.gateway()

    async def fail() -> None:
        async with held.turn(ADA, "s1", {}, NOW) as one:
            one.take(events.said("u1", NOW, "hello"))
            raise RuntimeError("the log could not store it")

    async def work() -> list[str]:
        await known(held, store)
        with pytest.raises(RuntimeError):
            await fail()
        async with turn(held, store) as one:
            assert one.take(events.said("u1", NOW, "hello"))
        return await known(store.gateway(), store)

    assert store.run(work()) == ["hello"]


def test_a_turn_that_changes_nothing_may_fail_and_keeps_the_session(store: SessionsIn) -> None:
    """Who is refused cannot make the gateway read a session again and again."""
    held = store.gateway()

    async def work() -> bool:
        async with turn(held, store) as one:
            one.take(events.said("u1", NOW, "hello"))
            before = one.session
        with pytest.raises(NotYours):
            async with turn(held, store, owner=EVE):
                pass
        with pytest.raises(RuntimeError):
            async with turn(held, store):
                raise RuntimeError("refused")
        async with turn(held, store) as one:
            return one.session is before

    assert store.run(work())


def test_rules_that_cannot_be_read_are_never_passed_over(store: SessionsIn) -> None:
    """An overlay of a later version refuses every turn, not only the first."""
    held = store.gateway()
    later = events.narrowed("o1", NOW, "overlay t version 1; rule a: someday pay;")

    async def put(event: events.Event) -> None:
        await store.put(ADA, "s1", [event])

    async def work() -> None:
        await known(held, store)
        await put(later)
        for gateway in (store.gateway(), *((held,) if store.shared else ())):
            for _ in range(3):
                with pytest.raises(PolicyError):
                    await known(gateway, store)

    store.run(work())


def test_another_key_reads_nothing_and_says_so(store: SessionsIn) -> None:
    """With another digest key a session cannot be had, and the gateway can tell at the start."""

    async def work() -> tuple[bool, bool, bool]:
        empty = await store.gateway(b"x" * 32).readable()
        async with turn(store.gateway(), store) as one:
            one.take(let(1))
        other = store.gateway(b"x" * 32)
        for name, reach in (("s1", {}), ("s2", DAY)):
            with pytest.raises(SealError):
                async with turn(other, store, name, reach=reach):
                    pass
        return empty, await store.gateway().readable(), await other.readable()

    assert store.run(work()) == (True, True, False)


def test_more_turns_than_connections_and_the_log_beside(store: SessionsIn) -> None:
    """However many sessions are at it, each decision finds a connection for its record."""
    held = store.gateway()

    async def one_turn(log: RecordLog, number: int) -> None:
        async with held.turn(ADA, f"s{number}", {}, NOW) as one:
            one.take(let(number))
            await log.append((), held.left(one))

    async def work() -> tuple[int, int]:
        log = RecordLog(store.database, 1_000)
        log.start()
        async with asyncio.timeout(20):
            await asyncio.gather(*(one_turn(log, number) for number in range(40)))
        await log.stop()
        return await store.counted()

    assert store.run(work()) == (40, 40)


def test_a_wait_that_is_given_up_leaves_no_lock(store: SessionsIn) -> None:
    """Cancelled while it waits, or while it holds: the next one enters."""
    held = store.gateway()
    inside = asyncio.Event()

    async def hold() -> None:
        async with turn(held, store):
            inside.set()
            await asyncio.sleep(60)

    async def work() -> list[str]:
        holding = asyncio.create_task(hold())
        await inside.wait()
        for gateway in (held, *((store.gateway(),) if store.shared else ())):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1), turn(gateway, store):
                    pass
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)
        async with asyncio.timeout(20):
            return await known(held, store)

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
        async with asyncio.timeout(20):
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
    store: SessionsIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither too many events nor too many bytes are read for one decision."""
    held = store.gateway()

    async def window() -> Any:
        async with turn(held, store, None, reach=DAY) as one:
            found = one.windows["subject"]
            return found.cause if isinstance(found, Unknown) else len(found)

    async def work() -> list[Any]:
        async with turn(held, store) as one:
            one.take(let(1, text="x" * 5_000))
            one.take(let(2))
        seen = [await window()]
        monkeypatch.setattr("memory.sessions.wider.MOST_BYTES", 5_000)
        seen.append(await window())
        monkeypatch.undo()
        monkeypatch.setattr("memory.sessions.wider.MOST_EVENTS", 1)
        return [*seen, await window()]

    assert store.run(work()) == [2, Cause.TOO_MUCH, Cause.TOO_MUCH]


def test_a_full_session_keeps_its_rules(store: SessionsIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """What narrowed it is read even where the rest no longer is."""
    monkeypatch.setattr("memory.sessions.sessions.FULL", 5_000)
    held = store.gateway()

    async def work() -> list[tuple[Cause | None, int]]:
        async with turn(held, store) as one:
            one.take(events.narrowed("o1", NOW, RULES))
            one.take(events.said("u1", NOW, "x" * 6_000))
        seen = []
        for gateway in (held, held, store.gateway()):
            async with turn(gateway, store) as one:
                seen.append((None if one.session else one.cause, len(one.overlays)))
        return seen

    assert store.run(work()) == [(Cause.SESSION_OVERFLOW, 1)] * 3


def test_a_clock_that_goes_back_ends_no_session(store: SessionsIn) -> None:
    """A session whose last event lies ahead is open; one at its very limit is, too."""
    held = store.gateway()

    async def open_at(now: datetime) -> bool:
        async with held.turn(ADA, "s1", {}, now) as one:
            return one.session is not None

    async def work() -> list[bool]:
        await known(held, store)
        hour = timedelta(hours=1)
        moments = (NOW - hour, NOW + hour, NOW + hour + timedelta(microseconds=1), NOW)
        return [await open_at(moment) for moment in moments]

    assert store.run(work()) == [True, True, False, True]

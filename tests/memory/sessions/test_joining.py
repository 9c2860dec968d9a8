"""Which session of a subject and an agent is open, for a seat that was told of none."""

from datetime import UTC, datetime, timedelta

import pytest

from memory.records.steps import Along
from memory.sessions import events
from memory.sessions.joining import Names
from memory.sessions.session import Owner
from tests.memory.sessions.conftest import SessionsIn

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADA = Owner("default", "ada", "clerk")
OTHERS = (
    Owner("default", "bob", "clerk"),
    Owner("default", "ada", None),
    Owner("other", "ada", "clerk"),
)


async def opened(store: SessionsIn, name: str, at: datetime, owner: Owner = ADA) -> None:
    """Open a session in which nothing happens."""
    sessions = store.gateway()
    async with sessions.turn(owner, name, {}, at) as turn:
        await store.keep(sessions, turn)


async def spoke(store: SessionsIn, name: str, at: datetime) -> None:
    """Let the user say something in a session."""
    sessions = store.gateway()
    async with sessions.turn(ADA, name, {}, at) as turn:
        turn.take(events.said(f"u{at}", at, "hello"))
        await store.keep(sessions, turn)


async def still(store: SessionsIn, at: datetime, owner: Owner = ADA) -> set[str]:
    """Return which sessions a gateway that knows none of them finds open."""
    return set((await store.gateway().lasting(owner, at)).open)


def test_a_session_is_open_until_its_time_is_up_or_it_is_deleted(store: SessionsIn) -> None:
    """Something that happens keeps it open, and nobody else's is found."""

    async def work() -> None:
        await opened(store, "s1", NOW)
        for at, owner in enumerate(OTHERS):
            await opened(store, f"other{at}", NOW, owner)
        assert await still(store, NOW + HOUR) == {"s1"}
        assert await still(store, NOW + HOUR * 1.5) == set()
        await spoke(store, "s1", NOW + HOUR)
        assert await still(store, NOW + HOUR * 1.5) == {"s1"}
        await opened(store, "s2", NOW + HOUR)
        assert await still(store, NOW + HOUR * 1.5) == {"s1", "s2"}
        await store.gateway().close("default", "s2", NOW + HOUR, Along(store.database, ()))
        assert await still(store, NOW + HOUR * 1.5) == {"s1"}

    store.run(work())


def test_a_session_that_holds_too_much_is_not_open(
    store: SessionsIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody could be let in, so whoever joins is in another one."""
    monkeypatch.setattr("memory.sessions.sessions.FULL", 3_000)

    async def work() -> None:
        for at in range(4):
            await spoke(store, "s1", NOW + timedelta(minutes=at))
        assert await still(store, NOW + HOUR) == set()
        assert (await store.gateway().lasting(ADA, NOW + HOUR)).newest == "s1"

    store.run(work())


def test_an_old_session_is_found_behind_many_newer_ones(store: SessionsIn) -> None:
    """What was opened long ago and is still used is open, however many came and went since."""

    async def work() -> None:
        await opened(store, "old", NOW)
        for at in range(20):
            await opened(store, f"s{at}", NOW + timedelta(minutes=at))
        await spoke(store, "old", NOW + HOUR * 0.9)
        assert await still(store, NOW + HOUR * 1.5) == {"old"}
        found = await store.gateway().lasting(ADA, NOW + HOUR * 1.5)
        assert found.newest == "s19"

    store.run(work())


def test_the_next_name_is_one_for_all_gateways_and_for_nobody_else() -> None:
    """Whoever holds the key names the same session; another owner, key or past another."""
    name = Names(b"k" * 32).after(ADA, "s1")

    assert name == Names(b"k" * 32).after(ADA, "s1")
    others = {Names(b"k" * 32).after(one, "s1") for one in OTHERS}
    others |= {Names(b"k" * 32).after(ADA, None), Names(b"x" * 32).after(ADA, "s1")}
    assert len(others) == 5
    assert name not in others

"""A deleted session is refused by every gateway, and its calls count on in every store."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dsl.model import ToolCall
from dsl.state import PastCall
from dsl.syntax import Per
from dsl.types import Unknown, Unreadable
from memory.records.steps import Along
from memory.sessions import events
from memory.sessions.session import Owner
from memory.sessions.sessions import Deleted, NotYours, Sessions
from tests.memory.sessions.conftest import SessionsIn

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ADA = Owner("t", "ada", "a")
EVE = Owner("t", "eve", "a")
DAY = timedelta(days=1)
OVERLAY = "overlay t version 1; rule r: deny x;"


def nothing(store: SessionsIn) -> Along:
    return Along(store.database, ())


def let(name: str, tool: str = "pay") -> events.Event:
    call = ToolCall(name, tool, {"n": 5}, context={"why": "because"})
    return events.let(call, call.args, NOW)


async def happen(
    store: SessionsIn, held: Sessions, name: str, *happened: events.Event, owner: Owner = ADA
) -> None:
    async with held.turn(owner, name, {}, NOW) as turn:
        for one in happened:
            turn.take(one)
        await store.keep(held, turn)


async def fill(store: SessionsIn, held: Sessions) -> None:
    """Let all kinds of things happen in a session, and one call beside it."""
    await happen(
        store,
        held,
        "s",
        events.said("u", NOW, "my secret"),
        events.narrowed("o", NOW, OVERLAY),
        let("c1"),
        let("c2"),
        let("c3"),
        let("c4"),
        events.came("r1", NOW, "c1", {"x": "secret"}, failed=False),
        events.came("r2", NOW, "c2", None, failed=True),
        events.not_run("n3", NOW, "c3"),
    )
    await happen(store, held, "s2", let("d1"))


async def windows(held: Sessions) -> dict[Per, list[Any]]:
    pers: tuple[Per, ...] = ("subject", "agent", "tenant")
    async with held.turn(ADA, None, dict.fromkeys(pers, DAY), NOW) as turn:
        found = {}
        for per, calls in turn.windows.items():
            assert not isinstance(calls, Unknown)
            found[per] = [shown(one) for one in calls]
        return found


def shown(one: PastCall) -> Any:
    return one.tool, dict(one.args), one.outcome, one.result


def test_calls_count_on_wherever_they_are_counted(store: SessionsIn) -> None:
    """In windows that were read before, by any gateway, and in those that are read anew."""
    gateways = [store.gateway() for _ in range(2 if store.shared else 1)]

    async def work() -> None:
        await fill(store, gateways[0])
        before = [await windows(one) for one in gateways]
        assert await gateways[-1].close("t", "s", NOW, nothing(store))
        after = [await windows(one) for one in (*gateways, store.gateway())]
        for per, calls in before[0].items():
            assert [one[:3] for one in calls] == [one[:3] for one in after[0][per]]
        assert [one[-1] for one in before[0]["tenant"]] == [{"x": "secret"}, None, None, None]
        gone = Unreadable("deleted")
        for one in after:
            assert [call[-1] for call in one["tenant"][:2]] == [gone, gone]
            assert one["tenant"][2:] == before[0]["tenant"][2:]

    store.run(work())


def test_every_gateway_refuses_it(store: SessionsIn) -> None:
    """One that knows the session well too; somebody else is told nothing new."""
    one, two = store.gateway(), store.gateway() if store.shared else None

    async def refused(held: Sessions, owner: Owner, kind: type[Exception]) -> None:
        with pytest.raises(kind) as told:
            async with held.turn(owner, "s", {}, NOW):
                pass
        assert isinstance(told.value, Deleted) is (owner == ADA)

    async def work() -> None:
        await fill(store, one)
        if two is not None:
            await happen(store, two, "s", events.said("u2", NOW, "hello"))
        assert [
            await one.close("t", "s", NOW, nothing(store)),
            await one.close("t", "s", NOW, nothing(store)),
        ] == [True, True]
        assert not await one.close("t", "nobody", NOW, nothing(store))
        assert not await one.close("u", "s", NOW, nothing(store))
        for held in (one, two or one, store.gateway()):
            await refused(held, ADA, Deleted)
            await refused(held, EVE, NotYours)
        await happen(store, one, "s2", let("d2"))

    store.run(work())


def test_nothing_of_what_was_said_is_left(store: SessionsIn) -> None:
    """Of words, results, rules and contexts no event is left, and the store is still whole."""
    held = store.gateway()

    async def work() -> list[tuple[str, Any]]:
        await fill(store, held)
        await held.close("t", "s", NOW, nothing(store))
        assert await held.close("t", "s", NOW, nothing(store))
        assert await held.readable()
        async with held._store.read() as reading:
            found = await reading.find("t", "s")
            assert found is not None
            assert found.closed_at == NOW
            return [(one.id, dict(one.body)) for _, one in await reading.events("t", "s", 0)]

    let_through = {"server": None, "tool": "pay"}
    assert store.run(work()) == [
        ("let c1", {"call_id": "c1", **let_through, "args": {"n": 5}}),
        ("let c2", {"call_id": "c2", **let_through, "args": {"n": 5}}),
        ("let c3", {"call_id": "c3", **let_through, "args": {}}),
        ("let c4", {"call_id": "c4", **let_through, "args": {"n": 5}}),
        ("r1", {"call_id": "c1", "failed": False}),
        ("r2", {"call_id": "c2", "failed": True}),
        ("n3", {"call_id": "c3"}),
        ("session closed", {}),
    ]


def test_a_turn_that_began_before_is_waited_for(store: SessionsIn) -> None:
    """Who holds the session when it is deleted goes first; nobody who comes later goes at all."""
    held, other = store.gateway(), store.gateway() if store.shared else None

    async def work() -> list[str]:
        order: list[str] = []
        await fill(store, held)

        async def decide() -> None:
            async with held.turn(ADA, "s", {}, NOW) as turn:
                began.set()
                await asyncio.sleep(0.2)
                turn.take(let("late"))
                await store.keep(held, turn)
                order.append("decided")

        began = asyncio.Event()
        deciding = asyncio.create_task(decide())
        await began.wait()
        await (other or held).close("t", "s", NOW, nothing(store))
        order.append("deleted")
        await deciding
        assert len((await windows(store.gateway()))["tenant"]) == 5
        return order

    assert store.run(work()) == ["decided", "deleted"]

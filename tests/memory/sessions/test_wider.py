"""Windows over several sessions: followed, and always what reading all of it anew would say."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from dsl.model import ToolCall
from dsl.state import PastCall
from dsl.syntax import Per
from dsl.types import Unknown
from memory.sessions import events
from memory.sessions.session import Owner
from memory.sessions.sessions import Sessions
from memory.tables import session_events
from tests.memory.sessions.conftest import SessionsIn

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LONG = timedelta(days=9)
PERS: tuple[Per, ...] = ("subject", "agent", "tenant")
OWNERS = (
    Owner("t", "ada", "a"),
    Owner("t", "ada", None),
    Owner("t", "eve", "a"),
    Owner("u", "ada", "a"),
)


async def window(
    held: Sessions, owner: Owner, now: datetime, within: timedelta = timedelta(hours=1)
) -> dict[Per, Any]:
    """Return what a turn knows of its wider windows."""
    reach = dict.fromkeys(PERS, within)
    async with held.turn(owner, None, reach, now) as turn:
        found: dict[Per, Any] = {}
        for per, calls in turn.windows.items():
            assert not isinstance(calls, Unknown)
            found[per] = [shown(one) for one in calls if one.at >= now - within]
        return found


def shown(one: PastCall) -> tuple[Any, ...]:
    return one.tool, one.args["n"], one.at, one.outcome, one.result


async def happen(
    store: SessionsIn, held: Sessions, owner: Owner, name: str | None, *happened: events.Event
) -> None:
    """Let events happen as a gateway does."""
    async with held.turn(owner, name, {}, happened[0].at) as turn:
        for event in happened:
            turn.take(event)
        await store.keep(held, turn)


def let(number: int, at: datetime) -> events.Event:
    call = ToolCall(f"c{number}", "pay", {"n": number})
    return events.let(call, call.args, at)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_followed_is_what_is_read_anew(store: SessionsIn, seed: int) -> None:
    """After any events, in any order of time and by any gateway, both say the same."""
    drawn = random.Random(seed)  # noqa: S311 - no secret
    gateways = [store.gateway(idle=LONG) for _ in range(3 if store.shared else 1)]
    running: list[tuple[Owner, str, int]] = []

    async def step(number: int, now: datetime) -> None:
        held = drawn.choice(gateways)
        owner = drawn.choice(OWNERS)
        name = f"{owner.tenant}{owner.subject}{owner.agent}{drawn.randrange(3)}"
        at = now - timedelta(minutes=drawn.choice((0, 0, 0, 1, 30, 59, 61, 90)))
        if running and drawn.random() < 0.5:
            owner, name, call = running.pop(drawn.randrange(len(running)))
            failed = drawn.random() < 0.3
            came = events.came(f"r{number}", now, f"c{call}", number, failed=failed)
            if drawn.random() < 0.3:
                came = events.not_run(f"n{number}", now, f"c{call}")
                running.append((owner, name, call))  # and comes back all the same, perhaps
            await happen(store, held, owner, name, came)
        else:
            running.append((owner, name, number))
            await happen(store, held, owner, name, let(number, at))

    async def work() -> None:
        now = NOW
        for number in range(60):
            now += timedelta(minutes=drawn.choice((0, 1, 5, -1)))
            await step(number, now)
            owner, held = drawn.choice(OWNERS), drawn.choice(gateways)
            within = timedelta(minutes=drawn.choice((60, 60, 60, 20, 120)))
            followed = await window(held, owner, now, within)
            assert followed == await window(store.gateway(idle=LONG), owner, now, within)

    store.run(work())


def test_a_result_that_is_stored_late_is_found(in_sql: SessionsIn) -> None:
    """A number that becomes visible after a later one is looked for again."""
    held, ada = in_sql.gateway(idle=LONG), OWNERS[0]

    async def work() -> list[Any]:
        await happen(in_sql, held, ada, "s", let(1, NOW), let(2, NOW))
        await window(held, ada, NOW)
        rows = held._sealed.rows(ada, "s", [events.came("r1", NOW, "c1", 7, failed=False)])
        async with in_sql.database.write() as connection:
            await connection.execute(insert(session_events), [{**rows[0], "number": 1_000}])
        await window(held, ada, NOW)
        late = held._sealed.rows(ada, "s", [events.came("r2", NOW, "c2", 8, failed=False)])
        async with in_sql.database.write() as connection:
            await connection.execute(insert(session_events), [{**late[0], "number": 999}])
        found = await window(held, ada, NOW)
        return [one[-1] for one in found["tenant"]]

    assert in_sql.run(work()) == [7, 8]


def test_windows_in_memory_are_bounded(store: SessionsIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those used last are kept, by number and by bytes; the others are read again."""
    monkeypatch.setattr("memory.sessions.wider.MOST_WINDOWS", 4)
    held = store.gateway(idle=LONG)

    async def work() -> tuple[int, int, dict[Per, Any]]:
        for number, owner in enumerate(OWNERS):
            await happen(store, held, owner, f"s{number}", let(number, NOW))
            await window(held, owner, NOW)
        return len(held._windows._known), held._windows._weight, await window(held, OWNERS[0], NOW)

    number, weight, found = store.run(work())
    assert (number, weight > 0) == (4, True)
    assert [one[1] for one in found["subject"]] == [0, 1]
    monkeypatch.setattr("memory.sessions.wider.MOST_KEPT", 1)
    store.run(window(held, OWNERS[0], NOW))
    assert (len(held._windows._known), held._windows._weight) == (0, 0)

"""Sessions in the store: found again, kept apart, and counted exactly among several gateways."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dsl import interpret
from dsl.errors import Source
from dsl.evaluation.windows import windows
from dsl.model import Effect, Subject, ToolCall
from dsl.parse import parse
from memory.records.log import RecordLog
from memory.sessions import events
from memory.sessions.session import Owner
from memory.sessions.sessions import NotYours, Sessions
from tests.memory.sessions.conftest import SessionsIn

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ADA = Owner("default", "ada", "clerk")
LIMIT = parse(
    Source(
        "p.bar",
        "policy p version 1;\nrule a: allow pay;\n"
        "rule limit: deny pay when count(pay within 1d per subject) >= 10;\n",
    )
)
REACH = windows((LIMIT,))


async def pay(
    store: SessionsIn, sessions: Sessions, number: int, session: str | None, owner: Owner = ADA
) -> bool:
    """Decide one payment as a gateway does, and tell whether it was let through."""
    call = ToolCall(f"c{number}", "pay", {}, subject=Subject(owner.subject), agent=owner.agent)
    async with sessions.turn(owner, session, REACH, NOW) as turn:
        verdict = interpret.evaluate(
            [interpret.Bound(LIMIT)], call, NOW, turn.state(call, (LIMIT,))
        )
        if verdict.effect is Effect.ALLOW:
            turn.take(events.let(call, call.args, NOW))
        await store.keep(sessions, turn)
        return verdict.effect is Effect.ALLOW


def test_a_limit_of_ten_is_ten_whoever_asks_and_however_often(store: SessionsIn) -> None:
    """Many at once, in several sessions of one subject: exactly as many as the limit allows."""

    async def work() -> list[bool]:
        gateways = [store.gateway() for _ in range(2 if store.shared else 1)]
        return await asyncio.gather(
            *(pay(store, gateways[n % len(gateways)], n, f"s{n % 7}") for n in range(60))
        )

    assert sum(store.run(work())) == 10


def test_many_new_sessions_at_once_do_not_wait_for_each_other(store: SessionsIn) -> None:
    """However many there are, no turn keeps a connection that another one needs to end."""
    sessions = store.gateway()

    async def turn(log: RecordLog, number: int) -> None:
        async with sessions.turn(ADA, f"s{number}", {}, NOW) as turn:
            turn.take(events.said("u1", NOW, "hello"))
            await log.append((), sessions.left(turn))

    async def work() -> tuple[int, int]:
        log = RecordLog(store.database, 1_000)
        log.start()
        async with asyncio.timeout(20):
            await asyncio.gather(*(turn(log, number) for number in range(60)))
        await log.stop()
        return await store.counted()

    assert store.run(work()) == (60, 60)


def test_another_subject_has_a_limit_of_its_own(store: SessionsIn) -> None:
    """What one person used up is not taken from another."""
    sessions = store.gateway()
    bob = Owner("default", "bob", "clerk")

    async def work() -> list[bool]:
        for number in range(12):
            await pay(store, sessions, number, "s1")
        return [await pay(store, sessions, 99, "s2", bob)]

    assert store.run(work()) == [True]


def test_a_session_is_read_again_as_it_was(store: SessionsIn) -> None:
    """Another process that reads the events knows the same."""

    async def work() -> tuple[Any, ...]:
        first = store.gateway()
        call = ToolCall("c1", "get", {"id": 7})
        async with first.turn(ADA, "s1", {}, NOW) as turn:
            turn.take(events.said("u1", NOW, "Pay \u00fcber 5"))
            turn.take(events.let(call, call.args, NOW))
            turn.take(
                events.came("r1", NOW, "c1", {"iban": "x", "sum": Decimal("1.5")}, failed=False)
            )
            await store.keep(first, turn)
        async with store.gateway().turn(ADA, "s1", {}, NOW) as again:
            session = again.session
            assert session is not None
            past = session.past("session", None)
            return session.texts, past, again.take(events.said("u1", NOW, "again"))

    texts, past, new = store.run(work())
    assert texts == ["Pay \u00fcber 5"]
    assert [(one.tool, one.args, one.outcome, one.result["iban"]) for one in past] == [
        ("get", {"id": 7}, "executed", "x")
    ]
    assert new is False


def test_a_turn_that_fails_leaves_nothing(store: SessionsIn) -> None:
    """What happened in a turn whose answer was never given did not happen."""
    sessions = store.gateway()

    async def fail() -> None:
        async with sessions.turn(ADA, "s1", {}, NOW) as turn:
            turn.take(events.said("u1", NOW, "lost"))
            raise RuntimeError("boom")

    async def work() -> list[str]:
        with pytest.raises(RuntimeError):
            await fail()
        async with sessions.turn(ADA, "s1", {}, NOW) as turn:
            return list(turn.session.texts) if turn.session else ["none"]

    assert store.run(work()) == []


def test_nobody_else_enters(store: SessionsIn) -> None:
    """Another subject, or the same with another agent, is refused; another tenant has its own."""
    sessions = store.gateway()

    async def enter(owner: Owner) -> bool:
        async with sessions.turn(owner, "s1", {}, NOW) as turn:
            return turn.session is not None

    assert store.run(enter(ADA))
    for other in (Owner("default", "bob", "clerk"), Owner("default", "ada", "other")):
        with pytest.raises(NotYours):
            store.run(enter(other))
    assert store.run(enter(Owner("elsewhere", "bob", "clerk")))


def test_wider_windows_end_where_they_end(store: SessionsIn) -> None:
    """Calls before the window, and calls of others, are not in it."""
    sessions = store.gateway()

    async def let(number: int, at: datetime, owner: Owner, session: str) -> None:
        call = ToolCall(f"c{number}", "pay", {"n": number})
        async with sessions.turn(owner, session, {}, at) as turn:
            turn.take(events.let(call, call.args, at))
            await store.keep(sessions, turn)

    async def work() -> Mapping[str, list[int]]:
        await let(1, NOW - timedelta(days=2), ADA, "old")
        await let(2, NOW - timedelta(hours=1), ADA, "s1")
        await let(3, NOW, Owner("default", "bob", "clerk"), "s2")
        await let(4, NOW, Owner("elsewhere", "ada", "clerk"), "s3")
        reach = dict.fromkeys(("subject", "agent", "tenant"), timedelta(days=1))
        async with sessions.turn(ADA, "s1", reach, NOW) as turn:  # type: ignore[arg-type]  # keys
            return {
                per: [one.args["n"] for one in found]  # type: ignore[union-attr]  # none is unknown
                for per, found in turn.windows.items()
            }

    assert store.run(work()) == {"subject": [2], "agent": [2, 3], "tenant": [2, 3]}

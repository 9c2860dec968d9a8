"""Labels follow a subject and an agent past the end of their session, until the next is opened."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dsl.errors import Source
from dsl.model import Cause, Subject, ToolCall
from dsl.parse import parse
from dsl.types import Truth, Unknown
from memory.records.steps import Along
from memory.sessions import events, following
from memory.sessions.following import Lately, over
from memory.sessions.session import Owner
from memory.sessions.sessions import Sessions
from tests.memory.sessions.conftest import SessionsIn

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADA = Owner("default", "ada", "clerk")
POLICY = parse(
    Source(
        "p.bar",
        'policy p version 1;\nlabel get.pin as secret for "corp.com";\nlabel other as pii;\n'
        "rule r: deny send when session has secret;\n",
    )
)
CALL = ToolCall("c9", "send", {"body": "It is C01X00T47"}, subject=Subject("ada"), agent="clerk")


async def shown(store: SessionsIn, name: str, at: datetime, owner: Owner = ADA) -> None:
    """Let a session see a secret."""
    sessions = store.gateway()
    call = ToolCall("c1", "get", {})
    async with sessions.turn(owner, name, {}, at) as turn:
        turn.take(events.let(call, call.args, at))
        turn.take(events.came("r1", at, "c1", {"pin": "C01X00T47"}, failed=False))
        await store.keep(sessions, turn)


async def opened(store: SessionsIn, name: str, at: datetime, owner: Owner = ADA) -> None:
    """Open a session in which nothing happens."""
    sessions = store.gateway()
    async with sessions.turn(owner, name, {}, at) as turn:
        await store.keep(sessions, turn)


async def asked(
    sessions: Sessions, name: str | None, at: datetime, owner: Owner = ADA
) -> tuple[Truth, Truth, Truth]:
    """Return whether the session has two labels, and whether a value carries one."""
    async with sessions.turn(owner, name, {}, at, labels=True) as turn:
        state = turn.state(CALL, (POLICY,))
        return (
            state.session_has("secret", None),
            state.session_has("pii", None),
            state.labelled("It is C01X00T47", "secret", None),
        )


def plain(truths: tuple[Truth, ...]) -> tuple[Any, ...]:
    return tuple(one.cause if isinstance(one, Unknown) else one for one in truths)


NO_STATE = (Cause.NO_STATE,) * 3
EXPIRED = (Cause.SESSION_EXPIRED,) * 3


@pytest.mark.parametrize(
    ("named", "cause"), [("s1", Cause.SESSION_EXPIRED), (None, Cause.NO_STATE)]
)
def test_labels_hold_on_once_a_session_is_over(
    store: SessionsIn, named: str | None, cause: Cause
) -> None:
    """Also after a restart: what it had is known, of everything else nobody knows."""

    async def work() -> Any:
        await shown(store, "s1", NOW)
        sessions = store.gateway()
        late = NOW + 2 * HOUR
        return await asked(sessions, named, late), await asked(sessions, named, late)

    first, again = store.run(work())
    assert plain(first) == plain(again) == (True, cause, True)


def test_a_session_that_is_not_over_says_nothing_about_calls_without_one(store: SessionsIn) -> None:
    """Its labels are its own."""

    async def work() -> Any:
        await shown(store, "s1", NOW)
        return await asked(store.gateway(), None, NOW + HOUR / 2)

    assert plain(store.run(work())) == NO_STATE


def test_they_end_where_another_session_is_opened(store: SessionsIn) -> None:
    """Whoever calls in it begins with nothing, and whoever calls in none is unknown again."""
    late = NOW + 2 * HOUR

    async def work() -> Any:
        await shown(store, "s1", NOW)
        sessions = store.gateway()
        before = await asked(sessions, None, late)
        await opened(store, "s2", late)
        return before, [await asked(sessions, name, late) for name in ("s2", None, "s1")]

    before, (fresh, without, named) = store.run(work())
    assert plain(before)[0] is True
    assert plain(fresh) == (False, False, False)
    assert plain(without) == NO_STATE
    assert plain(named) == EXPIRED


def test_a_session_that_ran_beside_it_ends_nothing(store: SessionsIn) -> None:
    """Only one that was opened later is another conversation."""

    async def work() -> Any:
        await shown(store, "s1", NOW)
        await opened(store, "s2", NOW + HOUR / 2)
        return await asked(store.gateway(), None, NOW + 1.2 * HOUR)

    assert plain(store.run(work()))[0] is True


@pytest.mark.parametrize(
    "other",
    [
        Owner("default", "bob", "clerk"),
        Owner("default", "ada", "other"),
        Owner("default", None, "clerk"),
        Owner("elsewhere", "ada", "clerk"),
    ],
)
def test_they_follow_nobody_else(store: SessionsIn, other: Owner) -> None:
    """Another subject, agent or tenant has labels of its own."""

    async def work() -> Any:
        await shown(store, "s1", NOW)
        return await asked(store.gateway(), None, NOW + 2 * HOUR, other)

    assert plain(store.run(work())) == NO_STATE


def test_who_has_no_name_is_followed_too(store: SessionsIn) -> None:
    """Calls without a subject belong together as those of one do."""
    nobody = Owner("default", None, None)

    async def work() -> Any:
        await shown(store, "s1", NOW, nobody)
        return await asked(store.gateway(), None, NOW + 2 * HOUR, nobody)

    assert plain(store.run(work()))[0] is True


def test_a_session_is_unknown_where_too_much_would_be_read(
    store: SessionsIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few sessions are looked at, of no more bytes than one may hold."""
    monkeypatch.setattr(following, "MOST_BYTES", 10)

    async def work() -> Any:
        await shown(store, "s1", NOW)
        return await asked(store.gateway(), None, NOW + 2 * HOUR)

    assert plain(store.run(work())) == NO_STATE


def test_what_another_gateway_added_is_seen(store: SessionsIn) -> None:
    """What is kept of a session that is over is followed like any other."""

    async def work() -> Any:
        await opened(store, "s1", NOW)
        sessions = store.gateway()
        before = await asked(sessions, None, NOW + 2 * HOUR)
        await shown(store, "s1", NOW)
        return before, await asked(sessions, None, NOW + 2 * HOUR)

    before, after = store.run(work())
    assert plain(before) == NO_STATE
    assert plain(after)[0] is True


def test_nothing_is_left_of_a_session_that_was_deleted(store: SessionsIn) -> None:
    """Neither its labels, nor a copy of it in memory."""
    late = NOW + 2 * HOUR

    async def work() -> Any:
        await shown(store, "s1", NOW)
        sessions = store.gateway()
        before = await asked(sessions, None, late)
        await store.gateway().close(ADA.tenant, "s1", late, Along(store.database, ()))
        after = await asked(sessions, None, late)
        return before, after, sessions

    before, after, sessions = store.run(work())
    assert plain(before)[0] is True
    assert plain(after) == NO_STATE
    assert len(sessions._following._known) == 0


def test_a_store_that_cannot_tell_leaves_them_unknown(
    store: SessionsIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody knows which session was the last, no label follows."""
    monkeypatch.setattr(following, "TellsLately", Sequence)

    async def work() -> Any:
        await shown(store, "s1", NOW)
        return await asked(store.gateway(), None, NOW + 2 * HOUR)

    assert plain(store.run(work())) == NO_STATE


def at(hours: float) -> datetime:
    return NOW + hours * HOUR


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ([], []),
        ([("a", 0, 0, False)], ["a"]),
        ([("a", 0, 0, True)], []),
        ([("a", 0, 4.5, False)], []),
        ([("b", 3, 3, False), ("a", 0, 1, False)], ["b"]),
        ([("b", 3, 3, True), ("a", 0, 1, False)], []),
        ([("b", 3, 3, False), ("a", 0, 2, False)], ["b", "a"]),
        ([("b", 4.5, 4.5, False), ("a", 0, 2, False)], []),
        ([("b", 2, 4.5, False), ("a", 0, 2, False)], ["a"]),
    ],
)
def test_a_session_holds_on_if_none_was_opened_since_its_end(
    sessions: list[tuple[str, float, float, bool]], expected: list[str]
) -> None:
    """It is five o'clock, and a session is over after an hour in which nothing happened."""
    lately = [Lately(name, at(since), at(last), closed) for name, since, last, closed in sessions]

    assert [one.name for one in over(lately, at(5), HOUR)] == expected

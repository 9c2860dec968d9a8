"""What happened in a session is taken in beside the event loop, and no decision misses it."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from dsl.model import ToolCall
from dsl.state import Origins, State
from dsl.types import Unknown
from memory.sessions import events
from memory.sessions.index.index import Index
from memory.sessions.sessions import Sessions, Turn
from tests.dsl.making import policy
from tests.memory.sessions.conftest import SessionsIn
from tests.memory.sessions.test_sessions import ADA, NOW

POLICY = policy("source get as trusted; rule r: allow x;")
IBAN = "DE89370400440532013000"


class Gate:
    """Holds up whoever takes a result in, until it is opened."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()
        self.faults = 0

    def pass_through(self) -> None:
        self.entered.set()
        assert self.open.wait(20)
        if self.faults:
            self.faults -= 1
            raise RuntimeError("a fault in the index")


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate()
    came = Index.came

    def slow(self: Index, *args: Any) -> None:
        made.pass_through()
        came(self, *args)

    monkeypatch.setattr(Index, "came", slow)
    yield made
    made.open.set()


async def told(sessions: Sessions, store: SessionsIn, call_id: str, result: Any) -> None:
    """Let a call through and tell its result, in a session that was asked something before."""
    async with sessions.turn(ADA, "s1", {}, NOW) as turn:
        trusted(turn, "nothing")
        call = ToolCall(call_id, "get", {})
        turn.take(events.let(call, call.args, NOW))
        turn.take(events.came(f"r{call_id}", NOW, call_id, result, failed=False))
        await store.keep(sessions, turn)


def trusted(turn: Turn, value: str) -> Any:
    """Tell whether a value comes from a trusted result."""
    state: State = turn.state(ToolCall("c", "-", {}), (POLICY,))
    found = state.origins(POLICY, value, None)
    return found if isinstance(found, Unknown) else _level(found)


def _level(found: Origins) -> Any:
    return found.levels.get("trusted", False)


async def ask(sessions: Sessions) -> Any:
    async with sessions.turn(ADA, "s1", {}, NOW) as turn:
        return trusted(turn, IBAN)


def test_whoever_comes_next_waits_for_it_and_the_loop_goes_on(
    store: SessionsIn, gate: Gate
) -> None:
    """The turn that told it is over at once; the next one answers only when it is taken in."""
    sessions = store.gateway()

    async def work() -> tuple[bool, Any]:
        await told(sessions, store, "c1", {"iban": IBAN})
        assert await asyncio.to_thread(gate.entered.wait, 20)
        waiting = asyncio.create_task(ask(sessions))
        await asyncio.sleep(0.05)
        early = waiting.done()
        gate.open.set()
        return early, await waiting

    assert store.run(work()) == (False, True)


def test_a_turn_that_cannot_wait_leaves_the_work_to_the_next(store: SessionsIn, gate: Gate) -> None:
    """A deadline ends the turn and not the work, so a great session is ready some time."""
    sessions = store.gateway()

    async def work() -> list[Any]:
        await told(sessions, store, "c1", {"iban": IBAN})
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await ask(sessions)
        gate.open.set()
        return [await ask(sessions), len(sessions._known)]

    assert store.run(work()) == [True, 1]


def test_a_fault_leaves_nothing_out(store: SessionsIn, gate: Gate) -> None:
    """Who asks after a fault meets it; once it is over, all that happened is known."""
    sessions = store.gateway()
    gate.open.set()

    async def work() -> list[Any]:
        await told(sessions, store, "c1", {"iban": IBAN})
        await ask(sessions)
        gate.faults = 2
        await told(sessions, store, "c2", {"other": "x"})
        with pytest.raises(RuntimeError):
            await ask(sessions)
        return [await ask(sessions)]

    assert store.run(work()) == [True]


def test_a_session_that_is_read_again_is_taken_in_before_it_is_asked(
    store: SessionsIn, gate: Gate
) -> None:
    """After a restart nobody knows whether it was ever asked: what is much is not left over."""
    gate.open.set()
    first = store.gateway()

    async def work() -> tuple[bool, Any]:
        await told(first, store, "c1", {"iban": IBAN, "text": "word " * 20_000})
        again = store.gateway()
        async with again.turn(ADA, "s1", {}, NOW) as turn:
            assert turn.session is not None
            return turn.session.wants_settling, trusted(turn, IBAN)

    assert store.run(work()) == (False, True)

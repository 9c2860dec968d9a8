"""A call that never ran counts nowhere; one that comes back all the same counts again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.model import ToolCall
from dsl.state import Outcome, PastCall
from dsl.types import Unknown
from memory.sessions import events
from memory.sessions.events import Event
from memory.sessions.session import Owner, Session
from memory.sessions.store import Stored
from memory.sessions.wider import Window
from tests.dsl.making import policy

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
OWNER = Owner("t", "ada", "a")
TOOLS = ("get", "pay")
POLICY = policy("source get as trusted; source pay as untrusted; label pay.body as secret;")
STEPS = st.lists(
    st.tuples(st.sampled_from(("let", "came", "failed", "not_run", "said")), st.integers(0, 4)),
    max_size=16,
)


def happened(steps: Sequence[tuple[str, int]]) -> list[Event]:
    """Return events of five calls; each is let through once, the rest comes in any order."""
    made: list[Event] = []
    let: set[int] = set()
    for number, (kind, call) in enumerate(steps):
        at = NOW + timedelta(minutes=number)
        name = f"c{call}"
        match kind:
            case "let" if call not in let:
                let.add(call)
                asked = ToolCall(name, TOOLS[call % 2], {"n": call})
                made.append(events.let(asked, asked.args, at))
            case "came" | "failed":
                failed = kind == "failed"
                made.append(events.came(f"e{number}", at, name, {"n": number}, failed=failed))
            case "not_run":
                made.append(events.not_run(f"e{number}", at, name))
            case "said":
                made.append(events.said(f"e{number}", at, "hello"))
    return made


def expected(steps: Sequence[Event]) -> dict[str, Outcome]:
    """Say it once more, in plain words: what counts after these events, and how."""
    counted: dict[str, Outcome] = {}
    taken_back: set[str] = set()
    for one in steps:
        name = one.body.get("call_id", "")
        if one.kind == "let":
            counted[name] = Outcome.RESERVED
        elif one.kind == "came" and name in taken_back:
            counted.setdefault(name, Outcome.RESERVED)
        elif counted.get(name) is Outcome.RESERVED and one.kind == "came":
            counted[name] = Outcome.FAILED if one.body["failed"] else Outcome.EXECUTED
        elif (one.kind, counted.get(name)) == ("not_run", Outcome.RESERVED):
            if name in taken_back:  # it came back all the same, so it stays
                continue
            taken_back.add(name)
            del counted[name]
    return counted


def shown(calls: Sequence[PastCall] | Unknown) -> list[Any]:
    assert not isinstance(calls, Unknown)
    return [(f"c{one.args['n']}", one.at, one.outcome, one.result) for one in calls]


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_a_session_and_its_windows_count_alike(steps: list[tuple[str, int]]) -> None:
    """The same calls, with the same outcomes and results, in the same order."""
    session, window = Session(OWNER, NOW, "s"), Window(NOW)
    told = happened(steps)
    for number, one in enumerate(told, 1):
        session.take(one)
        window.take(Stored(number, "s", one))

    counted = shown(session.past("session", None))
    assert counted == shown(list(window.calls.values()))
    assert {name: outcome for name, _, outcome, _ in counted} == expected(told)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_marks_only_grow(steps: list[tuple[str, int]]) -> None:
    """Whatever comes, a session that saw something untrusted, or has a label, goes on so."""
    session = Session(OWNER, NOW, "s")
    session.policies = (POLICY,)
    before = (False, False)
    for one in happened(steps):
        session.take(one)
        after = (
            session.saw(POLICY, "untrusted") is True,
            session.session_has("secret", None) is True,
        )
        assert all(now or not then for then, now in zip(before, after, strict=True))
        before = after


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_a_name_is_never_free_again(steps: list[tuple[str, int]]) -> None:
    """A call that came back or never ran is spent: nothing runs uncounted under its name."""
    session = Session(OWNER, NOW, "s")
    over: set[str] = set()
    for one in happened(steps):
        session.take(one)
        name = one.body.get("call_id", "")
        if one.kind in ("came", "not_run") and session.earlier(name) is not None:
            over.add(name)
        for spent in over:
            known = session.earlier(spent)
            assert known is not None
            assert known.is_spent


def test_what_comes_back_all_the_same_is_untrusted() -> None:
    """Of a call that was said never to have run nothing is believed: its result is a stray."""
    session = Session(OWNER, NOW, "s")
    asked = ToolCall("c0", "get", {"n": 0})
    session.take(events.said("u", NOW, "hello"))
    session.take(events.let(asked, asked.args, NOW))
    session.take(events.not_run("n", NOW, "c0"))
    assert session.saw(POLICY, "untrusted") is False
    session.take(events.came("r", NOW, "c0", "GB29NWBK60161331926819", failed=False))

    origins = session.origins(POLICY, "GB29NWBK60161331926819", None)
    assert not isinstance(origins, Unknown)
    assert (origins.levels.get("trusted", False), origins.levels["untrusted"]) == (False, True)
    assert session.saw(POLICY, "untrusted") is True
    again = session.past("session", None)
    assert not isinstance(again, Unknown)
    assert [one.outcome for one in again] == [Outcome.RESERVED]


def test_a_window_lets_go_of_what_was_taken_back() -> None:
    """A result that comes long after does not bring a call back that the window has left."""
    window = Window(NOW)
    asked = ToolCall("c0", "get", {"n": 0})
    window.take(Stored(1, "s", events.let(asked, asked.args, NOW)))
    window.take(Stored(2, "s", events.not_run("n", NOW, "c0")))
    window.forget(NOW + timedelta(minutes=1))
    late = events.came("r", NOW + timedelta(minutes=2), "c0", 1, failed=False)
    window.take(Stored(3, "s", late))

    assert (window.calls, window.taken_back) == ({}, {})

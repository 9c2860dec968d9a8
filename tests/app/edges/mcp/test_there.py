"""A gateway that is asked over HTTP: only its allow of this very call allows, whatever it says."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import httpx
import pytest

from app.edges.mcp.judge import Asked, Came, NoSession
from app.edges.mcp.there import Line, There
from dsl.model import Effect

CALL: Final = Asked("c1", "bank", "pay", {"amount": 5}, "s1")
ALLOW: Final = {
    "decision_id": "d_1",
    "call_id": "c1",
    "effect": "allow",
    "reason": "rule",
    "retryable": False,
    "message": "Allowed.",
    "args": None,
    "obligations": [],
    "approval": None,
    "dry_run": False,
}
AFTER: Final = {"id": "o1", "type": "call_after", "properties": {"to": "tidy"}}
Story = Callable[[There], Awaitable[Any]]


def play(answers: Any, story: Story) -> Any:
    """Ask a gateway that answers so."""

    def answer(request: httpx.Request) -> httpx.Response:
        found = answers(request) if callable(answers) else answers
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    async def run() -> Any:
        line = Line("http://gateway", "drw_x")
        await line._client.aclose()
        line._client = httpx.AsyncClient(
            base_url="http://gateway", transport=httpx.MockTransport(answer)
        )
        there = There(line)
        try:
            return await story(there)
        finally:
            await there.close()

    return asyncio.run(run())


def gone(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody there")


def test_an_allow_of_this_call_allows() -> None:
    """What the tests below refuse, allows where everything is right."""
    ruling = play(ALLOW, lambda there: there.check(CALL))

    assert (ruling.effect, ruling.decision_id) == (Effect.ALLOW, "d_1")


def test_what_the_gateway_sees_to_itself_asks_nothing_of_this_seat() -> None:
    """A tool that must follow is kept by the session: the call is allowed here as inside of it."""
    ruling = play({**ALLOW, "obligations": [AFTER]}, lambda there: there.check(CALL))

    assert ruling.effect is Effect.ALLOW


@pytest.mark.parametrize(
    "answers",
    [
        gone,
        {**ALLOW, "call_id": "c2"},
        {**ALLOW, "effect": "yes"},
        {**ALLOW, "effect": None},
        {**ALLOW, "dry_run": True},
        {**ALLOW, "args": [1]},
        {**ALLOW, "obligations": [{"id": "o1", "type": "notification"}]},
        {**ALLOW, "obligations": [AFTER, {"id": "o2", "type": "notification"}]},
        {**ALLOW, "obligations": ["call_after"]},
        {name: value for name, value in ALLOW.items() if name != "obligations"},
        {**ALLOW, "obligations": {"type": "call_after"}},
        {name: one for name, one in ALLOW.items() if name != "decision_id"},
        [ALLOW],
        httpx.Response(200, content=json.dumps(ALLOW)[:-1]),
        httpx.Response(200, content=b'{"effect": "allow", "effect": "deny"}'),
        httpx.Response(200, content=b""),
        httpx.Response(201, json=ALLOW),
        httpx.Response(302, json=ALLOW, headers={"Location": "http://elsewhere"}),
        httpx.Response(500, json=ALLOW),
        httpx.Response(503, json={**ALLOW, "code": "unrecorded"}),
        httpx.Response(401, text="no"),
    ],
)
def test_whatever_is_no_allow_of_this_call_denies(answers: Any) -> None:
    """Gone, cut short, ambiguous, of another call or status: deny."""
    assert play(answers, lambda there: there.check(CALL)).effect is Effect.DENY


@pytest.mark.parametrize(
    "answers",
    [
        gone,
        {"events": []},
        {"events": [{"id": "r.c2", "effect": "allow"}]},
        {"events": [{"id": "r.c1", "effect": "ask"}]},
        {"events": [{"id": "r.c1"}]},
        {"events": [{"id": "r.c1", "effect": "allow"}] * 2},
        {},
        httpx.Response(409, json={"code": "session_over", "effect": "allow"}),
        httpx.Response(200, content=b"{"),
    ],
)
def test_a_result_that_nobody_judged_is_withheld(answers: Any) -> None:
    """Only an allow of this very result shows it."""
    shown = play(answers, lambda there: there.told(Came("c1", "s1", "a secret")))

    assert shown.effect is Effect.DENY
    assert "secret" not in shown.message


@pytest.mark.parametrize(
    "answers", [gone, {}, {"session": 5}, httpx.Response(409, json={"detail": "several"})]
)
def test_a_session_that_cannot_be_had_is_none(answers: Any) -> None:
    """Without a session nothing is asked."""

    async def story(there: There) -> None:
        with pytest.raises(NoSession):
            await there.session(None)

    play(answers, story)


@pytest.mark.parametrize("answers", [gone, {}, {"tools": 5}, httpx.Response(500)])
def test_in_doubt_nothing_is_shown(answers: Any) -> None:
    """Tools are listed only if the gateway says so."""
    assert list(play(answers, lambda there: there.visible([("bank", "pay")]))) == []


def test_a_question_is_asked_again_where_a_connection_failed() -> None:
    """A kept connection may be gone: the same question, with its `call_id`, is asked anew."""
    asked: list[Mapping[str, Any]] = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        if len(asked) < 3:
            raise httpx.RemoteProtocolError("closed")
        return httpx.Response(200, json=ALLOW)

    ruling = play(answers, lambda there: there.check(CALL))

    assert ruling.effect is Effect.ALLOW
    assert [one["call_id"] for one in asked] == ["c1"] * 3


def test_a_session_that_was_left_for_a_while_is_looked_for_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While it is used the joined session stays; after half an hour without, it is asked for."""
    clock = [1_000.0]
    monkeypatch.setattr("app.edges.mcp.there.time.monotonic", lambda: clock[0])
    asked: list[Any] = []

    def answers(request: httpx.Request) -> Mapping[str, Any]:
        asked.append(json.loads(request.content))
        return {"session": f"s-{len(asked)}"}

    async def story(there: There) -> list[str]:
        found = []
        for minutes in (0, 20, 20, 31):
            clock[0] += 60 * minutes
            found.append(await there.session(None))
        return found

    assert play(answers, story) == ["s-1", "s-1", "s-1", "s-2"]
    assert asked == [{"join": True}] * 2

"""Whoever is frozen gets nothing: at each edge, at once, whatever policies or people said."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app.approvals.waiting import settle_and_wait
from app.auth import Caller
from app.deciding.question import Question
from app.engine import Terms
from dsl.model import Effect, Reason, ReasonCode, Subject, ToolCall
from memory.announcing.listening import Announcements
from memory.freezes import store as freezes_store
from memory.freezes.store import Freeze, Kind, Whom
from memory.keys import Scope
from memory.records.act import os_user
from memory.sessions.session import Owner
from tests.app.seats.passing import at_mcp, caller
from tests.harness import ALL_SCOPES, GatewayHarness, pay

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    harness = GatewayHarness(tmp_path)
    yield harness
    harness.close()


def freeze(gateway: GatewayHarness, key: str | None = None, **body: Any) -> Any:
    return gateway.request("POST", "/v1/freezes", key, json=body)


def thaw(gateway: GatewayHarness, key: str | None = None, **params: str) -> int:
    return gateway.request("DELETE", "/v1/freezes", key, params=params).status_code


def said(gateway: GatewayHarness, key: str | None = None, **members: Any) -> str:
    answer = gateway.check(pay(**members), key).json()
    return f"{answer['effect']} {answer['reason']}"


def test_an_agent_is_frozen_and_thawed(gateway: GatewayHarness) -> None:
    """From then on its calls are denied and recorded; others go on; thawed it is decided anew."""
    made = freeze(gateway, kind="agent", name="bot", reason="went wild")
    again = freeze(gateway, kind="agent", name="bot")
    frozen = gateway.check(pay(agent={"id": "bot"})).json()
    others = said(gateway, agent={"id": "bot2"})
    record = next(one for one in gateway.records() if one.id == frozen["decision_id"])
    listed = gateway.request("GET", "/v1/freezes").json()["freezes"]

    assert (made.status_code, again.json()["id"]) == (200, made.json()["id"])
    assert (frozen["effect"], frozen["reason"], frozen["retryable"]) == ("deny", "frozen", False)
    assert "the agent `bot` is frozen" in frozen["message"]
    assert "wild" not in str(frozen)
    assert (others, record.reason, record.agent) == ("allow rule", "frozen", "bot")
    assert [(one["name"], one["reason"]) for one in listed] == [("bot", "went wild")]
    assert (thaw(gateway, kind="agent", name="bot"), thaw(gateway, kind="agent", name="bot")) == (
        204,
        404,
    )
    assert said(gateway, agent={"id": "bot"}) == "allow rule"
    acts = gateway.request("GET", "/v1/acts").json()["acts"]
    done = [(one["what"], one["about"]) for one in acts if one["about"] == "bot"]
    assert done == [("agent.thawed", "bot"), ("agent.frozen", "bot")]


def test_subjects_and_tenants_are_frozen_too(gateway: GatewayHarness) -> None:
    """A subject of one tenant is nobody else's, and a whole tenant is everybody in it."""
    acme = gateway.new_key([Scope.CHECK, Scope.ASSERT_SUBJECT], tenant="acme")
    freeze(gateway, kind="subject", name="u1", tenant="acme")

    assert said(gateway, acme, subject={"id": "u1"}) == "deny frozen"
    assert said(gateway, acme, subject={"id": "u2"}) == "allow rule"
    assert said(gateway, subject={"id": "u1"}) == "allow rule"

    freeze(gateway, kind="tenant", tenant="acme")
    assert said(gateway, acme, subject={"id": "u2"}) == "deny frozen"
    assert said(gateway, subject={"id": "u2"}) == "allow rule"


def test_a_tenant_freezes_its_own_and_thaws_what_it_froze(gateway: GatewayHarness) -> None:
    """Other tenants are the operator's, and so is what the operator froze."""
    acme = gateway.new_key([Scope.ADMIN, Scope.CHECK, Scope.ASSERT_SUBJECT], tenant="acme")
    check = gateway.new_key([Scope.CHECK])
    own = freeze(gateway, acme, kind="agent", name="a")
    foreign = freeze(gateway, acme, kind="tenant", tenant="default")
    freeze(gateway, kind="agent", name="b", tenant="acme")
    taken_over = freeze(gateway, kind="agent", name="a", tenant="acme")
    listed = gateway.request("GET", "/v1/freezes", acme).json()["freezes"]

    assert (own.json()["set_by"], taken_over.json()["set_by"]) == ("acme", "default")
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_tenant")
    assert freeze(gateway, check, kind="agent", name="a").status_code == 403
    assert {one["name"] for one in listed} == {"a", "b"}
    assert thaw(gateway, acme, kind="agent", name="b") == 404
    assert thaw(gateway, acme, kind="agent", name="a") == 404
    assert thaw(gateway, kind="agent", name="a", tenant="acme") == 204
    freeze(gateway, acme, kind="agent", name="c")
    assert thaw(gateway, acme, kind="agent", name="c") == 204


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "agent"},
        {"kind": "tenant", "name": "acme"},
        {"kind": "key", "name": "k"},
        {"kind": "agent", "name": "a", "reason": "x" * 501},
        {"kind": "agent", "name": "a", "reason": "two\nlines"},
        {"kind": "agent", "name": "a b"},
    ],
)
def test_what_names_nobody_is_refused(gateway: GatewayHarness, body: dict[str, Any]) -> None:
    """A freeze of nobody would look like one of somebody."""
    assert freeze(gateway, **body).status_code == 422


def test_what_was_let_through_before_is_let_through_no_more(gateway: GatewayHarness) -> None:
    """The same call again, a batch of either kind, and a list of tools say so too."""
    bot: dict[str, Any] = {"agent": {"id": "bot"}}
    first = said(gateway, session="s1", **bot)
    freeze(gateway, kind="agent", name="bot")
    batches = [
        gateway.request(
            "POST",
            "/v1/check/batch",
            json={"calls": [pay(call_id="b1", session="s2", **bot)], "atomic": atomic},
        ).json()["decisions"]
        for atomic in (False, True)
    ]
    tools = {"tools": [{"name": "pay"}], **bot}

    assert (first, said(gateway, session="s1", **bot)) == ("allow rule", "deny frozen")
    assert [[one["reason"] for one in each] for each in batches] == [["frozen"], ["frozen"]]
    assert gateway.request("POST", "/v1/tools", json=tools).json()["tools"] == []
    assert said(gateway, dry_run=True, **bot) == "deny frozen"


def test_a_yes_of_people_is_no_way_round(gateway: GatewayHarness) -> None:
    """An approved call is denied as long as its agent is frozen, and uses the approval not up."""
    large = pay(args={"amount": 500}, agent={"id": "bot"})
    asked = gateway.check(large).json()
    boss = gateway.new_key([Scope.APPROVE], subject="boss")
    freeze(gateway, kind="agent", name="bot")
    path = f"/v1/approvals/{asked['approval']['id']}/approve"
    assert gateway.request("POST", path, boss, json={}).status_code == 200
    frozen = gateway.check({**large, "approval": asked["approval"]["id"]}).json()
    thaw(gateway, kind="agent", name="bot")
    thawed = gateway.check({**large, "approval": asked["approval"]["id"]}).json()

    assert (frozen["effect"], frozen["reason"]) == ("deny", "frozen")
    assert (thawed["effect"], thawed["reason"]) == ("allow", "approved")


def test_a_call_that_is_held_for_people_is_denied_once_they_said_yes(
    gateway: GatewayHarness,
) -> None:
    """Whoever is frozen while a request waits gets no allow out of it."""
    key = caller(gateway)
    call = ToolCall("c1", "pay", {"amount": 500}, None, Subject("u"), "bot")
    question = Question(call, Caller(key), "http", 5.0, Terms(wait_s=40))
    boss = gateway.new_key([Scope.APPROVE], subject="boss")

    async def stays() -> bool:
        return False

    async def held() -> Any:
        waiting = asyncio.create_task(settle_and_wait(gateway.gateway, question, stays))
        async with asyncio.timeout(60):
            while not (found := await _asked(gateway)):  # noqa: ASYNC110 - told over HTTP alone
                await asyncio.sleep(0.05)
        await gateway._client.post(
            "/v1/freezes",
            json={"kind": "agent", "name": "bot"},
            headers={"Authorization": f"Bearer {gateway.key}"},
        )
        said = await gateway._client.post(
            f"/v1/approvals/{found}/approve", json={}, headers={"Authorization": f"Bearer {boss}"}
        )
        assert said.status_code == 200
        return await waiting

    decision = gateway.run(held())

    assert (decision.effect, decision.verdict.code) == (Effect.DENY, ReasonCode.FROZEN)


async def _asked(gateway: GatewayHarness) -> str | None:
    headers = {"Authorization": f"Bearer {gateway.key}"}
    found = (await gateway._client.get("/v1/approvals", headers=headers)).json()["approvals"]
    return found[0]["id"] if found else None


def test_results_and_replies_of_a_frozen_agent_are_withheld(gateway: GatewayHarness) -> None:
    """What an agent is told while it is frozen is nothing, and nothing it writes goes out."""
    key = gateway.new_key(ALL_SCOPES, agent="bot", subject="u")
    assert gateway.check(pay(session="s1"), key).json()["effect"] == "allow"
    freeze(gateway, kind="agent", name="bot")
    events = [
        {"id": "e1", "type": "result", "call_id": "c1", "result": "secret"},
        {"id": "e2", "type": "reply", "text": "hello"},
    ]
    told = gateway.request("POST", "/v1/observe", key, json={"session": "s1", "events": events})

    assert [one["effect"] for one in told.json()["events"]] == ["deny", "deny"]
    assert {one.reason for one in gateway.records()[:2]} == {"frozen"}


def test_at_the_mcp_edge_and_after_another_seat_it_is_the_same(gateway: GatewayHarness) -> None:
    """A decision of the seat before is not taken over for somebody who was frozen since."""
    body = {"call_id": "c1", "tool": "pay", "args": {"amount": 5}}
    first = gateway.check(body).json()
    freeze(gateway, kind="tenant")
    second = at_mcp(gateway, "m1", first["seat_token"])

    assert (second.effect, second.verdict.code) == (Effect.DENY, ReasonCode.FROZEN)
    assert second.first is None


def test_where_the_store_does_not_say_who_is_frozen_nothing_passes(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was heard for long, and the store cannot be asked: deny; once it answers: allow."""

    async def gone(_self: Announcements) -> None:
        raise OperationalError("select", None, Exception("gone"))

    with monkeypatch.context() as patched:
        patched.setattr(Announcements, "silent_s", lambda _self: 11.0)
        patched.setattr(Announcements, "look", gone)
        before = said(gateway)
    gateway.gateway.announcements._looked_at = None
    after = said(gateway)

    assert (before, after) == ("deny fault", "allow rule")


def test_the_test_call_of_an_edge_does_not_close_it(gateway: GatewayHarness) -> None:
    """A frozen tenant's canary is denied as a canary, so the edge goes on for others."""
    freeze(gateway, kind="tenant")

    assert said(gateway, tool="drawbar.canary", args={}) == "deny canary"
    assert thaw(gateway, kind="tenant") == 204
    assert said(gateway) == "allow rule"


def test_a_read_that_began_earlier_does_not_undo_a_later_one(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However late its answer comes: who is frozen since stays frozen here."""
    freezing, freezes = gateway.gateway.freezing, gateway.gateway.freezes
    asked, goes_on, every = asyncio.Event(), asyncio.Event(), freezes.all

    async def slow() -> Sequence[Freeze]:
        found = await every()
        monkeypatch.undo()
        asked.set()
        await goes_on.wait()
        return found

    async def work() -> Reason | None:
        monkeypatch.setattr(freezes, "all", slow)
        early = asyncio.create_task(freezing.read())
        await asked.wait()
        await freezes.freeze(Whom("default", Kind.AGENT, "bot"), "", NOW, os_user())
        late = asyncio.create_task(freezing.read())
        await asyncio.wait([late], timeout=1.0)
        goes_on.set()
        await asyncio.gather(early, late)
        return freezing.why(Owner("default", "u", "bot"))

    why = gateway.run(work())

    assert why is not None
    assert why.code is ReasonCode.FROZEN


def test_a_tenant_freezes_no_more_than_so_many_of_its_own(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every gateway holds them all in memory; the operator freezes whomever it must."""
    monkeypatch.setattr(freezes_store, "MOST_OF_A_TENANT", 2)
    acme = gateway.new_key([Scope.ADMIN], tenant="acme")
    other = gateway.new_key([Scope.ADMIN], tenant="other")
    assert freeze(gateway, acme, kind="agent", name="a").status_code == 200
    assert freeze(gateway, acme, kind="agent", name="b").status_code == 200

    refused = freeze(gateway, acme, kind="agent", name="c")
    listed = gateway.request("GET", "/v1/freezes", acme).json()["freezes"]

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_freezes")
    assert {one["name"] for one in listed} == {"a", "b"}
    assert freeze(gateway, acme, kind="agent", name="a").status_code == 200
    assert freeze(gateway, other, kind="agent", name="c").status_code == 200
    assert freeze(gateway, kind="agent", name="d", tenant="acme").status_code == 200
    assert thaw(gateway, acme, kind="agent", name="a") == 204
    assert freeze(gateway, acme, kind="agent", name="c").status_code == 200

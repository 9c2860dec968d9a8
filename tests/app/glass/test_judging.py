"""What a policy that stands in judges while glass is broken, and what it does not."""

import asyncio
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from app.approvals.waiting import settle_and_wait
from app.auth import Caller
from app.cli.main import cli
from app.deciding.question import Question
from app.engine import Terms
from dsl.model import Effect, Subject, ToolCall
from memory.keys import Scope
from tests.app.glass.breaking import STANDS_BY, Breaking
from tests.app.seats.passing import at_mcp, caller
from tests.harness import ALL_SCOPES, pay


def test_only_the_calls_it_covers_are_judged_otherwise(tmp_path: Path) -> None:
    """A tenant that was not named, and agents beyond the stand-in's list, keep the usual policy."""
    office = Breaking(tmp_path, STANDS_BY + 'agents = ["crm-*"]\n')
    try:
        acme = office.gateway.new_key([Scope.CHECK, Scope.ASSERT_SUBJECT], tenant="acme")
        office.broken(tenant="acme")
        crm: Any = {"agent": {"id": "crm-7"}}
        mail: Any = {"agent": {"id": "mail"}}

        assert office.said(key=acme, **crm) == "allow rule"
        assert office.said(key=acme, **mail) == "ask rule"
        assert office.said(key=acme) == "ask rule"
        assert office.said(**crm) == "ask rule"
    finally:
        office.gateway.close()


def test_all_that_refuses_otherwise_goes_on_to_do_so(office: Breaking) -> None:
    """Freezes, overlays and other policies hold as ever, and a dry run tells the same."""
    office.broken()
    assert office.said(dry_run=True) == "allow rule"
    office.gateway.write("limit.bar", "overlay limit version 1;\nrule no: deny pay;\n")
    office.gateway.reload()
    overlaid = office.said()
    office.gateway.write("limit.bar", 'policy limit version 1;\ndefault deny because "closed";\n')
    office.gateway.reload()
    beside = office.said()
    freeze = {"kind": "agent", "name": "bot"}
    office.gateway.request("POST", "/v1/freezes", office.ada, json=freeze)

    assert (overlaid, beside) == ("deny rule", "deny default")
    assert office.said(agent={"id": "bot"}) == "deny frozen"


def test_a_yes_that_comes_after_the_end_is_judged_by_the_usual_policy(office: Breaking) -> None:
    """An approval the stand-in asked for is no yes to what the usual policy asks."""
    huge = pay(args={"amount": 5000})
    name = office.broken()
    asked = office.gateway.check(huge).json()
    boss = office.gateway.new_key([Scope.APPROVE], subject="boss")
    path = f"/v1/approvals/{asked['approval']['id']}/approve"
    assert office.gateway.request("POST", path, boss, json={}).status_code == 200
    office.end(name)
    after = office.gateway.check({**huge, "approval": asked["approval"]["id"]}).json()

    assert (asked["reasons"][0]["rule"], asked["reasons"][1]["code"]) == ("huge", "break_glass")
    assert (after["effect"], after["reasons"][0]["rule"]) == ("ask", "large")
    assert after["approval"]["id"] != asked["approval"]["id"]


def test_a_held_call_is_judged_by_the_usual_policy_once_glass_is_whole(office: Breaking) -> None:
    """It waits for people across the end, who then say yes to what nobody asks any more."""
    gateway = office.gateway
    name = office.broken()
    call = ToolCall("c1", "pay", {"amount": 5000}, None, Subject("u"), "bot")
    question = Question(call, Caller(caller(gateway)), "http", 5.0, Terms(wait_s=40))
    boss = gateway.new_key([Scope.APPROVE], subject="boss")

    async def stays() -> bool:
        return False

    async def sent(method: str, path: str, key: str, **parts: Any) -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        return await gateway._client.request(method, path, headers=headers, **parts)

    async def held() -> Any:
        waiting = asyncio.create_task(settle_and_wait(gateway.gateway, question, stays))
        found: list[Any] = []
        async with asyncio.timeout(60):
            while not found:
                await asyncio.sleep(0.05)
                found = (await sent("GET", "/v1/approvals", gateway.key)).json()["approvals"]
        assert (await sent("DELETE", f"/v1/glass/{name}", office.ada)).status_code == 204
        path = f"/v1/approvals/{found[0]['id']}/approve"
        assert (await sent("POST", path, boss, json={})).status_code == 200
        return await waiting

    decision = gateway.run(held())

    assert decision.effect is Effect.ASK
    assert [one.rule for one in decision.verdict.reasons] == ["large"]
    assert decision.glass == ()


def test_the_next_seat_takes_over_what_stood_in_before_and_only_while_it_does(
    office: Breaking,
) -> None:
    """While glass is broken both seats tell so; ended between them, the second decides anew."""
    name = office.broken()
    first, second = (
        office.gateway.check(pay(call_id=one, args={"amount": 500})).json() for one in ("c1", "c2")
    )
    over = at_mcp(office.gateway, "m1", first["seat_token"], None, args={"amount": 500})
    office.end(name)
    anew = at_mcp(office.gateway, "m2", second["seat_token"], None, args={"amount": 500})

    assert (over.effect, over.first, over.glass) == (Effect.ALLOW, first["decision_id"], (name,))
    assert (anew.effect, anew.first, anew.glass) == (Effect.ASK, None, ())


def test_batches_lists_of_tools_and_results_follow_it_too(office: Breaking) -> None:
    """Wherever policies judge, the stand-in does, and each record says so."""
    tools = {"tools": [{"name": name} for name in ("pay", "refund", "erase")]}
    before = office.gateway.request("POST", "/v1/tools", json=tools).json()["tools"]
    office.broken()
    after = office.gateway.request("POST", "/v1/tools", json=tools).json()["tools"]
    key = office.gateway.new_key(ALL_SCOPES, subject="u")
    calls = [pay(call_id=name, session="s1", args={"amount": 500}) for name in ("b1", "b2")]
    batch = office.gateway.request(
        "POST", "/v1/check/batch", key, json={"calls": calls, "atomic": True}
    ).json()["decisions"]
    events = [{"id": "e1", "type": "result", "call_id": "b1", "result": "done"}]
    body = {"session": "s1", "events": events}
    told = office.gateway.request("POST", "/v1/observe", key, json=body).json()["events"]

    assert [[one["name"] for one in each] for each in (before, after)] == [
        ["pay"],
        ["pay", "refund"],
    ]
    assert [one["effect"] for one in batch] == ["allow", "allow"]
    assert [one["reasons"][-1]["code"] for one in (*batch, *told)] == ["break_glass"] * 3
    assert all(one.glass for one in office.gateway.records()[:3])


def test_a_replay_judges_by_what_stood_in_then(office: Breaking) -> None:
    """The same policies say the same; where nothing stands by any more, it says that it cannot."""
    office.broken()
    assert office.said() == "allow rule"
    kept = office.gateway.policies

    def replayed() -> Any:
        arguments = ["replay", "--data", str(office.gateway.settings.data), "--policy", str(kept)]
        return CliRunner().invoke(cli, [*arguments, "--format", "json"])

    same = replayed()
    office.gateway.write("bindings.toml", "")
    cannot = replayed()

    assert json.loads(same.stdout)["same"] == 1, same.stdout
    assert "`relief` stands by for no policy" in cannot.stdout

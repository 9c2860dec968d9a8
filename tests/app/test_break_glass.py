"""Glass is broken by two people, for one policy, for a time: and where in doubt it is not."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from app.approvals.waiting import settle_and_wait
from app.auth import Caller
from app.cli.main import cli
from app.deciding import glass as glass_module
from app.deciding.question import Question
from app.deciding.sessioning import in_session
from app.engine import Terms
from app.sending.settings import TargetSettings
from app.ui import pages
from dsl.model import Effect, Subject, ToolCall
from memory.announcing.announce import Topic, announce
from memory.announcing.listening import Announcements
from memory.keys import Scope
from memory.records.act import os_user
from memory.tables import glass as table
from tests.app.breaking import RELIEF, STANDS_BY, Breaking
from tests.app.seats.passing import at_mcp, caller
from tests.app.sending.receiving import receiving
from tests.app.sending.test_webhook import SECRET
from tests.harness import ALL_SCOPES, pay


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Breaking]:
    found = Breaking(tmp_path)
    yield found
    found.gateway.close()


def test_two_people_break_glass_and_one_ends_it(office: Breaking) -> None:
    """Nothing changes before the second; then the stand-in judges, and is told in each record."""
    before = office.said()
    asked = office.ask().json()
    waiting = office.said()
    confirmed = office.confirm(asked).json()
    answer = office.gateway.check(pay(args={"amount": 500})).json()
    refused = office.gateway.check(pay(tool="erase", args={})).json()
    listed = office.gateway.request("GET", "/v1/glass", office.ada).json()["glass"]
    params = {"glass": asked["id"]}
    found = office.gateway.request("GET", "/v1/decisions", params=params).json()["decisions"]
    ready = office.gateway.request("GET", "/readyz").json()
    counted = office.gateway.request("GET", "/metrics").text

    assert (before, waiting) == ("ask rule", "ask rule")
    assert (asked["state"], confirmed["state"]) == ("asked", "broken")
    assert (confirmed["asked_subject"], confirmed["confirmed_subject"]) == ("ada", "bob")
    assert (answer["effect"], answer["reason"]) == ("allow", "rule")
    codes = [(one["code"], one["policy"]) for one in answer["reasons"]]
    assert codes == [("rule", "relief"), ("break_glass", "relief")]
    assert "in place of `bank`" in answer["reasons"][1]["detail"]
    assert (refused["effect"], refused["reason"]) == ("deny", "no_rule")
    assert [one["id"] for one in listed] == [asked["id"]]
    assert [one["id"] for one in found] == [refused["decision_id"], answer["decision_id"]]
    assert all(one["glass"] == [asked["id"]] for one in found)
    assert [(one["policy"], one["stand_in"]) for one in ready["broken"]] == [("bank", "relief")]
    assert "drawbar_break_glass 1.0" in counted

    assert (office.end(asked["id"], office.bob), office.end(asked["id"])) == (204, 404)
    assert office.said() == "ask rule"
    assert office.gateway.records()[0].glass == ()
    done = [(one["what"], one["subject"]) for one in office.acts() if one["about"] == asked["id"]]
    assert done == [("glass.ended", "bob"), ("glass.broken", "bob"), ("glass.asked", "ada")]
    assert "drawbar_break_glass 0.0" in office.gateway.request("GET", "/metrics").text


def test_one_person_breaks_nothing_by_whatever_key(office: Breaking) -> None:
    """Not by the same key, another of the same person, or one made since; each try is recorded."""
    again = office.gateway.new_key([Scope.ADMIN], subject="ada")
    asked = office.ask().json()
    fresh = office.gateway.new_key([Scope.ADMIN], subject="eve")
    refused = [office.confirm(asked, key) for key in (office.ada, again, fresh)]
    other = office.confirm(asked, digest=f"sha256:{'0' * 64}")

    assert {(one.status_code, one.json()["code"]) for one in refused} == {(403, "another_person")}
    assert (other.status_code, other.json()["code"]) == (409, "other_glass")
    assert office.said() == "ask rule"
    tried = [one for one in office.acts() if one["what"] == "glass.refused"]
    assert [one["subject"] for one in tried] == ["bob", "eve", "ada", "ada"]
    assert office.confirm(asked).status_code == 200


def test_glass_is_the_operators(office: Breaking) -> None:
    """A tenant's `admin` neither asks, sees, confirms nor ends; nor does a key without `admin`."""
    acme = office.gateway.new_key([Scope.ADMIN], tenant="acme", subject="bob")
    check = office.gateway.new_key([Scope.CHECK, Scope.AUDIT])
    asked = office.ask().json()

    for key in (acme, check):
        assert office.ask(key).status_code == 403
        assert office.gateway.request("GET", "/v1/glass", key).status_code == 403
        assert office.confirm(asked, key).status_code == 403
        assert office.end(asked["id"], key) == 403
    assert office.confirm(asked).status_code == 200
    for key in (acme, check):
        assert office.end(asked["id"], key) == 403
    assert office.said() == "allow rule"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"policy": "relief"}, "no_stand_in"),
    ({"policy": "nobody"}, "no_stand_in"),
    ({"seconds": 3601}, "too_long"),
    ({"seconds": 0}, "invalid_request"),
    ({"reason": ""}, "invalid_request"),
    ({"reason": "two\nlines"}, "invalid_request"),
    ({"tenant": "a b"}, "invalid_request"),
    ({"until": "2027-01-01"}, "invalid_request"),
]


def test_what_cannot_be_broken_is_not_asked(tmp_path: Path) -> None:
    """Only what stood by beforehand, for no longer than the settings say, and with a reason."""
    office = Breaking(tmp_path, glass_s=3600)
    try:
        for members, code in WRONG:
            assert office.ask(**members).json()["code"] == code, members
        assert office.gateway.request("GET", "/v1/glass").json()["glass"] == []
    finally:
        office.gateway.close()


def test_it_ends_to_the_second_by_itself(office: Breaking) -> None:
    """At its time the usual policy judges; who had it broken is told once that it is over."""
    name = office.broken(seconds=600)
    office.wait(seconds=540)
    before = office.said()
    office.wait(seconds=60)
    after = office.said()

    async def noted() -> None:
        async with asyncio.timeout(60):
            while (await office.gateway.gateway.glasses.get(name)).stored != "over":  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    office.gateway.run(noted())
    act = next(one for one in office.acts() if one["what"] == "glass.over")
    assert (before, after) == ("allow rule", "ask rule")
    assert (act["by"], act["about"]) == ("gateway", name)
    assert office.end(name) == 404


def test_a_clock_that_is_set_back_or_stands_still_breaks_nothing(
    office: Breaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it was confirmed it is not broken; and no longer than it was to be, whoever counts."""
    office.broken(seconds=600)
    office.wait(hours=-1)
    back = office.said()
    office.wait(hours=1)
    again = office.said()
    real = time.monotonic
    later = SimpleNamespace(monotonic=lambda: real() + 700)
    monkeypatch.setattr(glass_module, "time", later)

    assert (back, again, office.said()) == ("ask rule", "allow rule", "ask rule")


@pytest.mark.parametrize("less", ["another text", "another binding", "none"])
def test_what_was_published_since_is_not_what_was_confirmed(office: Breaking, less: str) -> None:
    """Another text or binding of the stand-in, or none: the usual policy judges with all others.

    A change elsewhere leaves it broken.
    """
    changed = {
        "another text": ("relief.bar", RELIEF.replace("1000", "2000")),
        "another binding": ("bindings.toml", STANDS_BY + 'edges = ["http", "mcp"]\n'),
        "none": ("bindings.toml", ""),
    }
    office.broken()
    office.gateway.write("other.bar", 'policy other version 1;\ndefault allow because "nothing";\n')
    office.gateway.reload()
    assert office.said() == "allow rule"

    office.gateway.write(*changed[less])
    office.gateway.reload()
    assert office.said() == "ask rule"


def test_what_changed_between_asking_and_confirming_is_not_confirmed(office: Breaking) -> None:
    """Who confirms has seen another policy than is in force: they must ask anew."""
    asked = office.ask().json()
    office.gateway.write("relief.bar", RELIEF.replace("1000", "9000"))
    office.gateway.reload()
    refused = office.confirm(asked)

    assert (refused.status_code, refused.json()["code"]) == (409, "other_glass")
    assert "not in force as it was asked for" in refused.json()["detail"]
    assert office.said() == "ask rule"


def test_where_nothing_was_heard_for_long_the_usual_policy_judges(
    office: Breaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may have ended it since: the store must have said nothing of that lately."""
    office.broken()

    async def answers(_self: Announcements) -> None:
        return

    with monkeypatch.context() as patched:
        patched.setattr(Announcements, "silent_s", lambda _self: 11.0)
        patched.setattr(Announcements, "look", answers)
        patched.setattr(type(office.gateway.gateway.freezing), "_is_known", True)
        unheard = office.said()

    assert (unheard, office.said()) == ("ask rule", "allow rule")


def test_a_row_that_no_gateway_wrote_breaks_nothing(office: Breaking) -> None:
    """Who writes to the store alone can lengthen nothing, and confirm nothing."""
    asked, name = office.ask().json(), office.broken()
    office.end(name)

    async def forged() -> None:
        async with office.gateway.gateway.database.write() as connection:
            ids = table.c.id.in_([asked["id"], name])
            await connection.execute(update(table).where(ids).values(status="broken", seal="0"))
        await office.gateway.gateway.glass.read()

    office.gateway.run(forged())
    listed = office.gateway.request("GET", "/v1/glass").json()["glass"]

    assert office.said() == "ask rule"
    assert {one["state"] for one in listed} == {"void"}


def test_a_row_that_nobody_can_read_ends_what_it_said_and_hinders_nobody(
    office: Breaking,
) -> None:
    """It is heard of as any change is: the usual policy judges, and all else is heard on."""
    name = office.broken()
    gateway = office.gateway.gateway

    async def spoilt() -> None:
        async with gateway.database.write() as connection:
            change = update(table).where(table.c.id == name).values(content="{}")
            await connection.execute(change)
            await announce(connection, Topic.GLASS)
        await gateway.announcements.look()

    before = office.said()
    office.gateway.run(spoilt())
    (listed,) = office.gateway.request("GET", "/v1/glass").json()["glass"]

    assert (before, office.said()) == ("allow rule", "ask rule")
    assert listed["state"] == "void"
    assert office.end(name) == 204


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


def test_an_end_that_crosses_a_decision_lets_nothing_through(
    office: Breaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Judged by the stand-in, and over before the allow leaves: denied, and may be asked again."""
    name = office.broken()
    freezing = type(office.gateway.gateway.freezing)
    real = freezing.sure

    async def slow(self: Any, seconds: float) -> None:
        await real(self, seconds)
        broken = office.gateway.gateway.glass
        broken._broken = {}

    monkeypatch.setattr(freezing, "sure", slow)
    answer = office.gateway.check(pay(args={"amount": 500})).json()
    record = office.gateway.records()[0]

    assert (answer["effect"], answer["reason"], answer["retryable"]) == (
        "deny",
        "break_glass",
        True,
    )
    assert "`relief` stands in for `bank` no longer" in answer["message"]
    assert (record.reason, record.glass) == ("break_glass", (name,))


def test_a_result_that_waited_for_its_session_is_judged_by_what_judges_then(
    office: Breaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told while glass is broken, and judged after its end: the usual policy judges."""
    gateway = office.gateway.gateway
    key = office.gateway.new_key(ALL_SCOPES, subject="u")
    name = office.broken()
    office.gateway.check(pay(session="s1", args={"amount": 500}), key)

    @asynccontextmanager
    async def busy(*given: Any) -> AsyncIterator[Any]:
        async with in_session(*given) as visit:
            await gateway.glasses.end(await gateway.glasses.get(name), os_user(), gateway.now())
            await gateway.glass.read()
            yield visit

    monkeypatch.setattr("app.deciding.telling.in_session", busy)
    events = [{"id": "e1", "type": "result", "call_id": "c1", "result": "done"}]
    body = {"session": "s1", "events": events}
    (told,) = office.gateway.request("POST", "/v1/observe", key, json=body).json()["events"]

    assert told["effect"] == "allow"
    assert "break_glass" not in [one["code"] for one in told["reasons"]]
    assert office.gateway.records()[0].glass == ()


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


def test_breaking_and_ending_are_told_to_whom_the_settings_name(tmp_path: Path) -> None:
    """Once each, with who saw to it and why; a target that is not there refuses to start."""
    with receiving() as receiver:
        target = TargetSettings.model_validate({"webhook": receiver.address, "secret": SECRET})
        office = Breaking(tmp_path, notify={"security": target}, glass_notify=("security",))
        name = office.broken()
        office.end(name, office.bob)
        office.gateway.run(until_told(receiver, 2))
        office.gateway.close()
    broken, ended = sorted(receiver.bodies(), key=lambda one: str(one["event"]))

    assert (broken["type"], broken["event"], broken["glass_id"]) == (
        "drawbar.glass",
        "broken",
        name,
    )
    assert (broken["policy"], broken["stand_in"], broken["reason"]) == ("bank", "relief", "fire")
    assert (broken["asked_by"], broken["confirmed_by"], broken["ended_by"]) == ("ada", "bob", None)
    assert (ended["event"], ended["ended_by"]) == ("ended", "bob")
    with pytest.raises(ValueError, match="`glass_notify` names `nobody`"):
        Breaking(tmp_path, glass_notify=("nobody",))


async def until_told(receiver: Any, number: int) -> None:
    async with asyncio.timeout(60):
        while len(receiver.came) < number:  # noqa: ASYNC110 - it comes from another thread
            await asyncio.sleep(0.05)


def test_a_gateway_that_starts_anew_heeds_what_is_broken_and_notes_what_was(
    tmp_path: Path,
) -> None:
    """Nobody's restart ends it early, or late: what is over by then is noted at the start."""
    office = Breaking(tmp_path)
    name = office.broken(seconds=600)
    office.gateway.close()
    again = Breaking(tmp_path)
    heeded = again.said()
    shown = pages._broken(again.gateway.gateway)  # on every page of who is signed in
    again.gateway.close()
    last = Breaking(tmp_path)
    last.wait(hours=1)
    usual = last.said()

    async def noted() -> None:
        async with asyncio.timeout(60):
            while (await last.gateway.gateway.glasses.get(name)).stored != "over":  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    last.gateway.run(noted())
    last.gateway.close()

    assert (heeded, usual) == ("allow rule", "ask rule")
    assert "`relief` judges in place of `bank`" in shown[0]


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

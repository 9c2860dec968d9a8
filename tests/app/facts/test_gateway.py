"""The gateway looks facts up: real sources, real sessions, and an unknown allows nothing."""

import asyncio
import json
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from app import wiring
from app.settings import Settings
from dsl.errors import DrawbarError
from memory.keys import Scope
from tests.app.facts.asking import POLICY, TOOLS, Gateway
from tests.app.facts.serving import Server, after, says, slowly, together
from tests.harness import ALL_SCOPES


def test_a_fact_is_looked_up(gateway: Gateway, server: Server) -> None:
    """What the source says decides: up to the limit a call passes, beyond it is denied."""
    within, beyond = gateway.ask(amount=10), gateway.ask(amount=11)

    assert (within["effect"], beyond["effect"]) == ("allow", "deny")
    assert [one["by"] for one in beyond["reasons"]] == ["true"]
    assert set(server.paths) == {"/limits/a"}


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (says({}, 404), "no_fact"),
        (says({}, 500), "no_fact"),
        (says(b'{"limit": '), "no_fact"),
        (says(b"1" * 100_000), "no_fact"),
        (says(1000, 302, Location="/limits/b"), "no_fact"),
        (slowly(1000, 3), "timeout"),
        (says("1000"), "wrong_type"),
        (says(None), "missing"),
        (says({"limit": 1000}), "wrong_type"),
    ],
)  # fmt: skip
def test_a_look_up_that_fails_or_is_late_denies(
    gateway: Gateway, server: Server, answer: Any, cause: str
) -> None:
    """D03: the deny applies by unknown and says why; where the source answers the call passes."""
    server.answers["/limits/b"] = says(1000)
    server.answers["/limits/a"] = answer
    said = gateway.ask()
    server.answers["/limits/a"] = says(1000)

    assert (said["effect"], said["reasons"][0]["rule"]) == ("deny", "over")
    assert (said["reasons"][0]["by"], said["reasons"][0]["cause"]) == ("unknown", cause)
    assert gateway.effect(session="s2") == "allow"


def test_an_allow_that_needs_the_fact_does_not_apply(tmp_path: Path, server: Server) -> None:
    """What is unknown allows nothing."""
    policy = """\
policy p version 1;
fact limit = lookup get_limit(id: args.id) within 2s;
rule small: allow send when args.amount <= fact.limit;
"""
    gateway = Gateway(tmp_path, server, policy)
    assert gateway.effect() == "allow"
    server.answers.clear()

    assert gateway.ask(session="s2")["reason"] == "no_rule"
    gateway.close()


def test_the_deadline_bounds_the_wait(tmp_path: Path, server: Server) -> None:
    """The shortest counts: what the deadline leaves, whatever source and policy would allow."""
    given_up = threading.Event()
    server.answers["/limits/a"] = after(given_up, 1000)
    policy = POLICY.replace("within 2s", "within 60s")
    gateway = Gateway(tmp_path, server, policy, source={"timeout_ms": 30_000})
    said = gateway.ask(headers={"Drawbar-Deadline-Ms": "1000"})
    given_up.set()
    gateway.close()

    assert (said["effect"], said["reasons"][0]["cause"]) == ("deny", "timeout")


def test_a_policy_judged_a_call_once_however_often_it_was_asked(gateway: Gateway) -> None:
    """With the fact that was looked up the call is judged anew, and is still one call."""
    assert gateway.effect() == "allow"
    metrics = gateway.request("GET", "/metrics").text

    assert 'drawbar_policy_evaluations_total{edge="http",policy="p"} 1.0' in metrics


def test_facts_in_the_body_need_the_scope(gateway: Gateway) -> None:
    """D10: a key that may not tell facts is refused, and with it the call."""
    key = gateway.new_key([scope for scope in ALL_SCOPES if scope is not Scope.ASSERT_FACTS])
    body = {
        "call_id": "x",
        "tool": "send",
        "args": {"id": "a", "amount": 5},
        "facts": {"limit": 1000},
    }
    refused = gateway.check(body, key)

    assert (refused.status_code, refused.json()["effect"]) == (403, "deny")


def test_a_request_does_not_outdo_a_source(gateway: Gateway, server: Server) -> None:
    """D10: where a source is set up its word counts, whatever a key with the scope sends."""
    assert gateway.effect(amount=11, facts={"limit": 1000}) == "deny"
    assert gateway.effect(amount=10, facts={"limit": 1}) == "allow"
    server.answers.clear()
    assert gateway.effect(facts={"limit": 1000}, session="s2") == "deny"


def test_a_request_gives_the_fact_where_the_settings_say_so(tmp_path: Path, server: Server) -> None:
    """Then the source is asked only where the request says nothing."""
    gateway = Gateway(tmp_path, server, source={"from_request": True})
    effects = [gateway.effect(amount=11, facts={"limit": 1000}), gateway.effect(amount=11)]
    gateway.close()

    assert effects == ["allow", "deny"]
    assert server.paths == ["/limits/a"]


def test_without_a_source_only_the_request_gives_the_fact(tmp_path: Path, server: Server) -> None:
    """A look-up that names no source is unknown, unless a key that may says what it is."""
    gateway = Gateway(tmp_path, server, POLICY.replace("lookup get_limit(", "lookup other("))
    said = gateway.ask()
    effects = [gateway.effect(facts={"limit": 10}), gateway.effect(amount=11, facts={"limit": 10})]
    gateway.close()

    assert (said["effect"], said["reasons"][0]["cause"]) == ("deny", "no_fact")
    assert effects == ["allow", "deny"]
    assert server.paths == []


def test_a_session_goes_on_with_an_answer(gateway: Gateway, server: Server) -> None:
    """It is asked once for each session, and each time where there is none."""
    for session in ("s1", "s1", "s1", "s2", None, None):
        assert gateway.effect("send", 5, session, dry_run=True) == "allow"

    assert len(server.paths) == 4


@pytest.mark.parametrize("failed", [False, True])
def test_an_executed_write_is_looked_up_anew(
    gateway: Gateway,
    server: Server,
    failed: bool,  # noqa: FBT001 - both must hold
) -> None:
    """D11: after a call that may have changed it the fact is asked for again, and denies."""
    assert gateway.effect(dry_run=True) == "allow"
    gateway.runs("set_limit", failed=failed)
    server.answers["/limits/a"] = says(1)

    assert gateway.effect() == "deny"


def test_a_read_changes_nothing(gateway: Gateway, server: Server) -> None:
    """D11, the twin: after a call to a tool that is declared read-only the answer still holds."""
    assert gateway.effect(dry_run=True) == "allow"
    gateway.runs("get_limit")
    server.answers["/limits/a"] = says(1)

    assert gateway.effect() == "allow"
    assert len(server.paths) == 1


def test_while_a_write_may_run_nothing_is_kept(gateway: Gateway, server: Server) -> None:
    """From when it is let through until it came back, each decision asks anew."""
    said = gateway.ask("set_limit")
    for limit, effect in ((10, "allow"), (1, "deny"), (10, "allow")):
        server.answers["/limits/a"] = says(limit)
        assert gateway.effect(dry_run=True) == effect
    gateway.came(said["call_id"])
    server.answers["/limits/a"] = says(1)
    assert gateway.effect(dry_run=True) == "deny"
    server.answers.clear()
    assert gateway.effect(dry_run=True) == "deny"
    assert gateway.ask(dry_run=True)["reasons"][0]["by"] == "true"


def test_what_a_server_says_of_its_tools_does_not_count(gateway: Gateway, server: Server) -> None:
    """`set_limit` and `send` call themselves read-only in their annotations, and are not."""
    assert gateway.effect() == "allow"
    server.answers["/limits/a"] = says(1)

    assert gateway.effect() == "deny"


def test_the_settings_may_declare_tools_read_only(tmp_path: Path, server: Server) -> None:
    """By globs, for those whose tools file says nothing, or another policy's says otherwise."""
    gateway = Gateway(tmp_path, server, read_only=["sea*"])
    assert gateway.effect(dry_run=True) == "allow"
    gateway.runs("search")
    server.answers["/limits/a"] = says(1)
    kept = gateway.effect(dry_run=True)
    gateway.close()

    assert kept == "allow"


def test_every_tools_file_must_say_that_a_tool_is_read_only(tmp_path: Path, server: Server) -> None:
    """One that says otherwise, or nothing, is believed: the fact is looked up anew."""
    gateway = Gateway(tmp_path, server)
    gateway.write("q.tools.json", json.dumps([one | {"read_only": None} for one in TOOLS]))
    gateway.write("q.bar", 'policy q version 1; use tools "q.tools.json"; rule all: allow *;')
    gateway.reload()
    assert gateway.effect(dry_run=True) == "allow"
    gateway.runs("get_limit")
    server.answers["/limits/a"] = says(1)
    after = gateway.effect(dry_run=True)
    gateway.close()

    assert after == "deny"


def test_a_call_that_nobody_decided_may_have_changed_it(gateway: Gateway, server: Server) -> None:
    """A result of an unknown call ends what the session knew."""
    assert gateway.effect(dry_run=True) == "allow"
    gateway.came("unknown")
    server.answers["/limits/a"] = says(1)

    assert gateway.effect() == "deny"


def test_a_write_of_another_session_is_seen_once_the_answer_is_old(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a session knows it knows for `max_age_s`, and not longer."""
    gateway = Gateway(tmp_path, server, source={"max_age_s": 60})
    assert gateway.effect(dry_run=True) == "allow"
    gateway.runs("set_limit", "s2")
    server.answers["/limits/a"] = says(1)
    soon = gateway.effect(dry_run=True)
    later_on = SimpleNamespace(monotonic=lambda: time.monotonic() + 60)
    monkeypatch.setattr("app.facts.cache.time", later_on)
    later = gateway.effect(dry_run=True)
    gateway.close()

    assert (soon, later) == ("allow", "deny")


def test_no_age_keeps_nothing(tmp_path: Path, server: Server) -> None:
    """`max_age_s = 0` asks for every decision."""
    gateway = Gateway(tmp_path, server, source={"max_age_s": 0})
    effects = [gateway.effect(dry_run=True) for _ in range(3)]
    gateway.close()

    assert (effects, len(server.paths)) == (["allow"] * 3, 3)


def test_a_failure_is_not_kept(gateway: Gateway, server: Server) -> None:
    """As soon as the source is well again the next decision has its answer."""
    server.answers["/limits/a"] = says({}, 500)
    assert gateway.effect(dry_run=True) == "deny"
    server.answers["/limits/a"] = says(10)

    assert gateway.effect(dry_run=True) == "allow"


def test_a_restart_looks_up_anew(tmp_path: Path, server: Server) -> None:
    """What was known is in memory alone."""
    first = Gateway(tmp_path, server)
    assert first.effect(dry_run=True) == "allow"
    key = first.key
    first.close()
    server.answers["/limits/a"] = says(1)
    second = Gateway(tmp_path, server)
    effect = second.effect(key=key)
    second.close()

    assert effect == "deny"


@pytest.mark.parametrize(
    "value", ["../limits/a", "a/b", "", "..", "a\\b", ["a"], {"x": 1}, "x" * 9_000]
)
def test_an_argument_chooses_no_other_address(gateway: Gateway, server: Server, value: Any) -> None:
    """What could lead elsewhere is not asked at all, and the call is denied."""
    said = gateway.ask(args={"id": value, "amount": 5})

    assert (said["effect"], said["reasons"][0]["cause"]) == ("deny", "no_fact")
    assert server.paths == []


def test_results_are_judged_by_facts_too(tmp_path: Path, server: Server) -> None:
    """A rule about what came back waits for the fact, and withholds without it."""
    policy = """\
policy p version 1;
fact limit = lookup get_limit(id: args.id) within 2s;
rule open: allow send;
rule more on result: deny send when fact.limit < 5;
"""
    gateway = Gateway(tmp_path, server, policy)
    seen = []
    for answer in (says(10), says(1), says({}, 500)):
        server.answers["/limits/a"] = answer
        call_id = gateway.ask()["call_id"]
        seen += gateway.came(call_id)["events"]
    gateway.close()

    assert [one["effect"] for one in seen] == ["allow", "deny", "deny"]


def test_an_overlay_of_a_session_looks_nothing_up(gateway: Gateway, server: Server) -> None:
    """Else whoever may name a session could learn from a refusal what a source says of anybody."""
    text = (
        'overlay task version 1; fact of_b = lookup get_limit(id: "b") within 2s;'
        "rule probe: deny send when fact.of_b > 5;"
    )
    refused = gateway.request("PUT", "/v1/sessions/s1/overlay", json={"text": text})

    assert refused.status_code == 422
    assert "looks nothing up" in refused.text
    assert (gateway.effect(), server.paths) == ("allow", ["/limits/a"])


def test_many_at_once_are_all_decided(tmp_path: Path, server: Server) -> None:
    """Sessions do not wait for each other's facts beyond the turns that the source allows."""
    server.answers["/limits/a"] = together(threading.Barrier(5), 10)
    source = {"max_concurrent": 5, "timeout_ms": 30_000}
    policy = POLICY.replace("within 2s", "within 30s")
    gateway = Gateway(tmp_path, server, policy, source=source)

    async def many() -> list[httpx.Response]:
        bodies = [
            {"call_id": "c", "tool": "send", "args": {"id": "a", "amount": 5}, "session": f"m{n}"}
            for n in range(25)
        ]
        headers = {"Authorization": f"Bearer {gateway.key}", "Drawbar-Deadline-Ms": "30000"}
        posts = [gateway._client.post("/v1/check", json=one, headers=headers) for one in bodies]
        return list(await asyncio.gather(*posts))

    effects = [answer.json()["effect"] for answer in gateway.run(many())]
    gateway.close()

    assert effects == ["allow"] * 25
    assert (len(server.paths), server.counting.most) == (25, 5)


def test_a_source_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    """A table that is not there is one sentence, and no gateway that denies without a word."""
    table = {"kind": "table", "file": str(tmp_path / "none.csv"), "key": "id"}
    settings = Settings(data=tmp_path / "data", policies=tmp_path, facts={"get_limit": table})
    with pytest.raises(DrawbarError, match=r"none.csv` cannot be read") as caught:
        asyncio.run(wiring.Gateway(settings).open())

    assert "\n" not in str(caught.value)

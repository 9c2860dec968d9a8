"""The seat's word that a call never ran: believed where it may be, and said plainly where not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memory.keys import Scope
from tests.harness import ALL_SCOPES, GatewayHarness

TOOLS = [
    {"name": "pay", "risk": "low", "inputSchema": {"type": "object"}},
    {"name": "wire", "risk": "high", "inputSchema": {"type": "object"}},
    {"name": "move", "inputSchema": {"type": "object"}},
    {"name": "odd", "risk": "severe", "inputSchema": {"type": "object"}},
    {"name": "read", "risk": "low", "inputSchema": {"type": "object"}},
]
POLICY = """\
policy bank version 1;
use tools "tools.json";
source read as untrusted;
source pay, wire, move, odd as trusted;
rule all_of_them: allow pay, wire, move, odd, read;
rule once: deny pay when count(pay) >= 1;
rule day: deny wire, move, odd when count(* within 1d per subject) >= 1;
rule total: deny read when sum(pay: past.args.amount within 1d per agent) >= 5;
rule marked: deny pay when session saw untrusted;
"""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    opened = GatewayHarness(tmp_path, None)
    opened.write("tools.json", json.dumps(TOOLS))
    opened.write("bank.bar", POLICY)
    opened.reload()
    opened.trusted = opened.new_key(  # type: ignore[attr-defined]
        ALL_SCOPES, subject="ada", agent="a", trusts_not_run=True
    )
    opened.key = opened.new_key(ALL_SCOPES, subject="ada", agent="a")
    yield opened
    opened.close()


def check(gateway: GatewayHarness, tool: str, call_id: str = "c1", session: str = "s1") -> Any:
    body = {"call_id": call_id, "tool": tool, "args": {"amount": 5}, "session": session}
    return gateway.check(body).json()


def tell(gateway: GatewayHarness, *told: dict[str, Any], key: str | None = None) -> Any:
    trusted: str = gateway.trusted  # type: ignore[attr-defined]
    body = {"session": "s1", "events": list(told)}
    return gateway.request("POST", "/v1/observe", key or trusted, json=body)


def not_run(call_id: str = "c1", event_id: str = "n1") -> dict[str, Any]:
    return {"type": "not_run", "id": event_id, "call_id": call_id}


def result(call_id: str = "c1", event_id: str = "r1") -> dict[str, Any]:
    return {"type": "result", "id": event_id, "call_id": call_id, "result": "done"}


def said(answer: Any) -> tuple[str, str, str]:
    (one,) = answer.json()["events"]
    return one["effect"], one["reason"], one["message"]


def test_a_call_that_never_ran_is_counted_no_more(gateway: GatewayHarness) -> None:
    """Neither in its session nor per subject or agent; another call goes through in its place."""
    assert check(gateway, "pay")["effect"] == "allow"
    assert check(gateway, "pay", "c2")["effect"] == "deny"
    assert check(gateway, "read", "c3")["effect"] == "deny"

    assert said(tell(gateway, not_run())) == ("allow", "default", "")

    assert check(gateway, "wire", "w1", "s2")["effect"] == "allow"
    assert check(gateway, "pay", "c2")["effect"] == "allow"


def test_a_key_is_not_trusted_unless_it_was_made_so(gateway: GatewayHarness) -> None:
    """The event is taken without effect, and the answer says that the call stays counted."""
    check(gateway, "pay")

    answer = tell(gateway, not_run(), key=gateway.key)

    assert answer.status_code == 200
    effect, reason, message = said(answer)
    assert (effect, reason) == ("deny", "still_counted")
    assert "not trusted" in message
    assert check(gateway, "pay", "c2")["effect"] == "deny"
    assert said(tell(gateway, not_run()))[0] == "allow"  # the same event by one that is trusted


@pytest.mark.parametrize("tool", ["wire", "move", "odd"])
def test_a_tool_of_high_or_untold_risk_stays_counted(gateway: GatewayHarness, tool: str) -> None:
    """`high`, no word of it, and a word of its own that nobody here knows."""
    assert check(gateway, tool)["effect"] == "allow"

    effect, reason, message = said(tell(gateway, not_run()))

    assert (effect, reason) == ("deny", "still_counted")
    assert "risk" in message
    assert check(gateway, "wire", "w2", "s2")["effect"] == "deny"


def test_one_policy_that_knows_a_high_risk_is_enough(gateway: GatewayHarness) -> None:
    """What any bound policy's tools file says counts, and a file that is silent too."""
    other = 'policy other version 1;\nuse tools "other.json";\nrule r: allow pay;\n'
    for risk, effect in (({"risk": "HIGH"}, "deny"), ({}, "deny"), ({"risk": "low"}, "allow")):
        tools = [{"name": "pay", "inputSchema": {"type": "object"}, **risk}]
        gateway.write("other.json", json.dumps(tools))
        gateway.write("other.bar", other)
        gateway.reload()
        name = f"s{risk}".replace(" ", "")
        body = {"call_id": "c1", "tool": "pay", "args": {"amount": 1}, "session": name}
        assert gateway.check(body).json()["effect"] == "allow"
        event = {"session": name, "events": [not_run()]}
        trusted: str = gateway.trusted  # type: ignore[attr-defined]
        assert said(gateway.request("POST", "/v1/observe", trusted, json=event))[0] == effect


def test_after_a_result_it_is_too_late(gateway: GatewayHarness) -> None:
    """A call that came back has run; in one request too, in its order."""
    check(gateway, "pay")
    answer = tell(gateway, result(), not_run())

    assert answer.json()["events"][1]["reason"] == "still_counted"
    assert check(gateway, "pay", "c2")["effect"] == "deny"


def test_what_comes_back_all_the_same_is_counted_again(gateway: GatewayHarness) -> None:
    """A result after `not_run` is withheld and untrusted, and the call may have run: it counts."""
    check(gateway, "pay")
    tell(gateway, not_run())

    for _ in range(2):  # told again, it is no better
        effect, reason, message = said(tell(gateway, result()))
        assert (effect, reason) == ("deny", "invalid_call")
        assert message
    assert check(gateway, "pay", "c2")["reasons"][0]["rule"] == "marked"
    assert check(gateway, "wire", "w1", "s2")["effect"] == "deny"
    assert said(tell(gateway, not_run(event_id="n2")))[1] == "still_counted"


def test_its_name_is_spent(gateway: GatewayHarness) -> None:
    """The same call under the same id is denied, another one refused: none runs uncounted."""
    check(gateway, "pay")
    tell(gateway, not_run())

    again = check(gateway, "pay")
    assert (again["effect"], again["reason"]) == ("deny", "call_replayed")
    body = {"call_id": "c1", "tool": "read", "args": {}, "session": "s1"}
    assert gateway.check(body).status_code == 409


def test_the_mark_of_a_call_stays(gateway: GatewayHarness) -> None:
    """A session's marks only grow: a call to an untrusted source leaves its own behind."""
    assert check(gateway, "read")["effect"] == "allow"
    assert said(tell(gateway, not_run()))[0] == "allow"

    assert check(gateway, "pay", "c2")["reasons"][0]["rule"] == "marked"


def test_told_again_it_happened_once(gateway: GatewayHarness) -> None:
    """The same event is answered alike; another under its id is refused, with all beside it."""
    check(gateway, "pay")

    assert [said(tell(gateway, not_run()))[0] for _ in range(2)] == ["allow", "allow"]
    assert said(tell(gateway, not_run(event_id="n2")))[1] == "still_counted"
    assert tell(gateway, not_run("c9")).status_code == 409
    assert said(tell(gateway, not_run("c9", "n9")))[1] == "still_counted"


def test_it_takes_the_scope_and_its_own_session(gateway: GatewayHarness) -> None:
    """Who may not observe may not say it either, and nobody of another's session."""
    check(gateway, "pay")
    mute = gateway.new_key([Scope.CHECK, Scope.ASSERT_SESSION], subject="ada", agent="a")
    eve = gateway.new_key(ALL_SCOPES, subject="eve", trusts_not_run=True)

    assert [tell(gateway, not_run(), key=one).status_code for one in (mute, eve)] == [403, 403]
    assert check(gateway, "pay", "c2")["effect"] == "deny"


def test_it_outlives_a_restart(tmp_path: Path, gateway: GatewayHarness) -> None:
    """What was taken back stays taken back, and its name spent."""
    check(gateway, "pay")
    tell(gateway, not_run())
    key = gateway.key
    gateway.run(gateway.gateway.close())
    second = GatewayHarness(tmp_path, None)
    second.key = key

    assert check(second, "pay")["reason"] == "call_replayed"
    assert check(second, "pay", "c2")["effect"] == "allow"
    second.close()

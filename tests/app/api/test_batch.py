"""`POST /v1/check/batch`: several calls, each decided for itself, or all of them as one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memory.keys import Scope
from tests.harness import GatewayHarness, pay

POLICY = """\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100;
rule thrice: deny pay when count(pay) >= 3 priority 1;
rule note: allow note when not args.text == "dirty";
rule clean: allow note when args.text == "dirty" with set(args.text, "clean");
"""
DAILY = """\
policy bank version 1;
rule small: allow pay;
rule twice: deny pay when count(pay within 1d per subject) >= 2;
"""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    opened = GatewayHarness(tmp_path, POLICY)
    yield opened
    opened.close()


def call(call_id: str, amount: Any = 5, **more: Any) -> dict[str, Any]:
    return {**pay(args={"amount": amount}), "call_id": call_id, "session": "s1", **more}


def post(gateway: GatewayHarness, *calls: Any, **more: Any) -> Any:
    body = {"calls": list(calls), **more}
    return gateway.request("POST", "/v1/check/batch", json=body)


def decided(gateway: GatewayHarness, *calls: Any, **more: Any) -> list[dict[str, Any]]:
    answer = post(gateway, *calls, **more)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["decisions"]
    return found


def effects(decisions: list[dict[str, Any]]) -> list[str]:
    return [one["effect"] for one in decisions]


def calls(gateway: GatewayHarness, session: str = "s1") -> list[str]:
    answer = gateway.request("GET", f"/v1/sessions/{session}")
    found: list[str] = answer.json()["calls"] if answer.status_code == 200 else []
    return found


def test_calls_are_decided_one_after_the_other_in_their_order(gateway: GatewayHarness) -> None:
    """Each counts those before it, as if it had come alone."""
    decisions = decided(gateway, *(call(f"c{at}") for at in range(5)))

    assert effects(decisions) == ["allow", "allow", "allow", "deny", "deny"]
    assert [one["call_id"] for one in decisions] == [f"c{at}" for at in range(5)]
    assert calls(gateway) == ["c0", "c1", "c2"]
    assert len(gateway.records()) == 5


def test_a_call_that_cannot_be_read_denies_itself(gateway: GatewayHarness) -> None:
    """It says what its answer alone would be, and the calls around it are decided."""
    bad: list[Any] = [
        {"call_id": "b1"},
        "pay",
        None,
        call("b2", nonsense=1),
        call("b3", wait_s=5),
        call("b4", args=[]),
        {**call("b5"), "args": None, "args_text": '{"amount": 1, "amount": 2}'},
        call("b6", args={"deep": [0] * 10_001}),
    ]
    decisions = decided(gateway, call("c1"), *bad, call("c2"))

    assert effects(decisions) == ["allow", *["deny"] * len(bad), "allow"]
    assert {one["status"] for one in decisions[1:-1]} == {422}
    assert [one["call_id"] for one in decisions[1:4]] == ["b1", None, None]
    assert calls(gateway) == ["c1", "c2"]


def test_what_the_key_may_not_say_is_refused_call_by_call(gateway: GatewayHarness) -> None:
    """A missing scope and a foreign session deny the call that names them."""
    key = gateway.new_key([Scope.CHECK])
    alone = {"call_id": "c1", "tool": "note", "args": {"text": "x"}}
    body = {"calls": [{**alone, "session": "s1"}, alone, {**alone, "subject": {"id": "eve"}}]}
    answer = gateway.request("POST", "/v1/check/batch", key, json=body).json()["decisions"]

    assert [one.get("status") for one in answer] == [403, None, 403]
    assert effects(answer) == ["deny", "allow", "deny"]


def test_every_refusal_of_a_batch_denies(gateway: GatewayHarness) -> None:
    """Without a key, without the scope, and where the body is no JSON: `effect` says so."""
    body = {"calls": [call("c1")]}
    observer = gateway.new_key([Scope.OBSERVE])
    plain = {"Content-Type": "text/plain"}
    answers = [
        gateway.request("POST", "/v1/check/batch", "drw_nobody", json=body),
        gateway.request("POST", "/v1/check/batch", observer, json=body),
        gateway.request("POST", "/v1/check/batch", content=b"{}", headers=plain),
    ]

    assert [one.status_code for one in answers] == [401, 403, 415]
    assert {one.json()["effect"] for one in answers} == {"deny"}


def test_a_name_that_is_taken_denies_the_second_call(gateway: GatewayHarness) -> None:
    """Two calls of one name are two calls only if they are the same."""
    decisions = decided(gateway, call("c1"), call("c1", 6), call("c1"))

    assert effects(decisions) == ["allow", "deny", "allow"]
    assert decisions[1]["status"] == 409
    assert calls(gateway) == ["c1"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"calls": []},
        {"calls": [call("c1")] * 65},
        {"calls": [call("c1")], "more": 1},
        {"calls": {}},
        {"calls": [call("c1")], "atomic": "yes"},
        {"calls": [call(f"c{at}", args={"n": [0] * 9_000}) for at in range(5)]},
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(
    gateway: GatewayHarness, body: dict[str, Any]
) -> None:
    """Nothing in it is decided, and the answer denies."""
    answer = gateway.request("POST", "/v1/check/batch", json=body)

    assert (answer.status_code, answer.json()["effect"]) == (422, "deny")
    assert gateway.records() == []


def test_a_batch_may_be_four_times_as_large(gateway: GatewayHarness) -> None:
    """Four MiB, and no more."""
    text = {"text": "x" * 250_000}
    large = [{**call(f"c{at}"), "tool": "note", "args": text} for at in range(16)]
    headers = {"Content-Type": "application/json"}
    over = json.dumps({"calls": [*large, *large[:2]]}).encode()

    assert effects(decided(gateway, *large)) == ["allow"] * 16
    refused = gateway.request("POST", "/v1/check/batch", content=over, headers=headers)
    assert (refused.status_code, refused.json()["effect"]) == (413, "deny")


def test_all_of_an_atomic_batch_are_let_through_together(gateway: GatewayHarness) -> None:
    """With changed arguments, tokens and records as if each had come alone."""
    supports = {"changed_args": True}
    dirty = {**call("c2"), "tool": "note", "args": {"text": "dirty"}, "supports": supports}
    decisions = decided(gateway, call("c1"), dirty, call("c3"), atomic=True)

    assert effects(decisions) == ["allow"] * 3
    assert decisions[1]["args"] == {"text": "clean"}
    assert all(one["seat_token"] for one in decisions)
    assert calls(gateway) == ["c1", "c2", "c3"]
    assert len(gateway.records()) == 3


def test_one_that_is_not_allowed_denies_an_atomic_batch(gateway: GatewayHarness) -> None:
    """Nothing is counted, each answer says why, and each is recorded as it was answered."""
    decisions = decided(gateway, call("c1"), call("c2", tool="erase"), call("c3"), atomic=True)

    assert effects(decisions) == ["deny"] * 3
    assert "no rule allows erase" in decisions[1]["message"]
    assert "`c2`" in decisions[0]["message"]
    assert {one["seat_token"] for one in decisions} == {None}
    assert calls(gateway) == []
    assert {one.effect for one in gateway.records()} == {"deny"}
    assert effects(decided(gateway, *(call(f"d{at}") for at in range(3)))) == ["allow"] * 3


@pytest.mark.parametrize("session", ["s1", None])
def test_the_calls_of_an_atomic_batch_count_each_other(tmp_path: Path, session: str | None) -> None:
    """In their session and beyond it: three do not fit where two do."""
    policy = DAILY if session is None else DAILY.replace(" within 1d per subject", "")
    gateway = GatewayHarness(tmp_path, policy)
    three = [call(f"c{at}", session=session) for at in range(3)]
    together = effects(decided(gateway, *three, atomic=True))
    two = effects(decided(gateway, *three[:2], atomic=True))
    third = effects(decided(gateway, three[2]))
    gateway.close()

    assert (together, two, third) == (["deny"] * 3, ["allow"] * 2, ["deny"])


def test_a_question_denies_an_atomic_batch_and_asks_nobody(gateway: GatewayHarness) -> None:
    """Asked for alone and approved, the call passes in the batch, and its approval is used."""
    batch = [call("c1"), call("c2", 500)]
    refused = decided(gateway, *batch, atomic=True)
    assert effects(refused) == ["deny"] * 2
    assert [one["approval"] for one in refused] == [None, None]
    assert gateway.request("GET", "/v1/approvals").json()["approvals"] == []

    (asked,) = decided(gateway, batch[1])
    name = asked["approval"]["id"]
    boss = gateway.new_key([Scope.APPROVE], subject="boss")
    gateway.request("POST", f"/v1/approvals/{name}/approve", boss, json={})
    twice = [{**batch[1], "approval": name}, {**call("c3", 500), "approval": name}]
    assert effects(decided(gateway, *twice, atomic=True)) == ["deny"] * 2
    assert effects(decided(gateway, batch[0], twice[0], atomic=True)) == ["allow"] * 2
    assert effects(decided(gateway, twice[1])) == ["ask"]


@pytest.mark.parametrize(
    ("calls_sent", "status", "where"),
    [
        ([call("c1"), {"call_id": "c2"}], 422, "call 2"),
        ([call("c1"), call("c2", session="s2")], 422, "one session"),
        ([call("c1"), call("c2", dry_run=True)], 422, "dry_run"),
        ([call("c1"), call("c1", 6)], 409, "`c1`"),
        ([call("c1"), call("c2", tool="drawbar.canary")], 422, "reserved"),
    ],
)
def test_an_atomic_batch_that_cannot_be_read_is_refused_as_a_whole(
    gateway: GatewayHarness, calls_sent: list[Any], status: int, where: str
) -> None:
    """Nothing is decided, counted or recorded, and the answer says which call it was."""
    answer = post(gateway, *calls_sent, atomic=True)

    assert (answer.status_code, answer.json()["effect"]) == (status, "deny")
    assert where in answer.json()["detail"]
    assert calls(gateway) == []
    assert gateway.records() == []


def test_a_dry_run_of_a_batch_leaves_nothing(gateway: GatewayHarness) -> None:
    """It counts within itself, and nothing of it stays but its records."""
    dry = [call(f"c{at}", dry_run=True) for at in range(4)]

    assert effects(decided(gateway, *dry[:3], atomic=True)) == ["allow"] * 3
    assert effects(decided(gateway, *dry, atomic=True)) == ["deny"] * 4
    assert calls(gateway) == []
    assert len(gateway.records()) == 7


def test_an_atomic_batch_that_cannot_be_recorded_denies(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is let through, and nothing is counted afterwards."""
    with monkeypatch.context() as patch:
        patch.setattr(gateway.gateway.log, "_writer", None)
        answer = post(gateway, call("c1"), call("c2"), atomic=True)
        alone = decided(gateway, call("c1"))

    assert (answer.status_code, answer.json()["effect"]) == (503, "deny")
    assert (alone[0]["effect"], alone[0]["status"]) == ("deny", 503)
    assert calls(gateway) == []
    assert effects(decided(gateway, *(call(f"d{at}") for at in range(3)))) == ["allow"] * 3


def test_a_fault_in_one_call_denies_an_atomic_batch(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks while one is judged, none of them is let through."""
    from dsl import interpret  # noqa: PLC0415 - only here is it broken

    real = interpret.evaluate

    def breaks(bound: Any, made: Any, *rest: Any) -> Any:
        if made.call_id == "c2":
            raise RuntimeError("broken")
        return real(bound, made, *rest)

    monkeypatch.setattr("app.engine.evaluate", breaks)
    decisions = decided(gateway, call("c1"), call("c2"), call("c3"), atomic=True)

    assert effects(decisions) == ["deny"] * 3
    assert decisions[1]["reason"] == "fault"
    assert calls(gateway) == []

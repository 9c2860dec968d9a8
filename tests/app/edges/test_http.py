"""`POST /v1/check`, end to end inside one process."""

import json
from typing import Any

import pytest

from dsl.strictjson import MAX_DEPTH
from memory.keys import Scope
from tests.harness import ALL_SCOPES, GatewayHarness, pay


def test_a_call_that_a_rule_allows_is_allowed_and_names_the_rule(gateway: GatewayHarness) -> None:
    """An allowed call is 200 with the rule that allowed it and the revision in force."""
    answer = gateway.check(pay())

    assert answer.status_code == 200
    said = answer.json()
    assert said["effect"] == "allow"
    assert said["reason"] == "rule"
    assert said["call_id"] == "c1"
    assert [reason["rule"] for reason in said["reasons"]] == ["small"]
    assert said["revision"] == gateway.gateway.live.revision


@pytest.mark.parametrize(
    ("changed", "effect", "reason", "rule"),
    [
        ({"args": {"amount": 500}}, "ask", "rule", "large"),
        ({"args": {}}, "deny", "no_rule", None),
        ({"args": {"amount": "5"}}, "deny", "no_rule", None),
        ({"args": {"amount": None}}, "deny", "no_rule", None),
        ({"tool": "erase", "args": {}}, "deny", "rule", "never"),
        ({"tool": "unheard_of"}, "deny", "no_rule", None),
    ],
)
def test_everything_else_is_asked_or_denied_with_status_200(
    gateway: GatewayHarness, changed: dict[str, Any], effect: str, reason: str, rule: str | None
) -> None:
    """A refusal is a decision like any other: 200, with what decided."""
    answer = gateway.check(pay(**changed))

    assert answer.status_code == 200
    said = answer.json()
    assert (said["effect"], said["reason"], said["reasons"][0]["rule"]) == (effect, reason, rule)


def test_an_unknown_condition_names_its_cause_and_path(gateway: GatewayHarness) -> None:
    """Where a rule applied by unknown, the answer says what was missing; its twin is allowed."""
    gateway.write("limit.bar", "overlay limit version 1; rule r: deny pay when args.rate > 2;")
    gateway.reload()

    reason = gateway.check(pay()).json()["reasons"][0]

    assert (reason["rule"], reason["by"]) == ("r", "unknown")
    assert (reason["cause"], reason["path"]) == ("missing", "args.rate")
    assert gateway.check(pay(args={"amount": 5, "rate": 1})).json()["effect"] == "allow"


def test_a_rules_reply_reaches_the_agent_and_final_forbids_another_try(
    gateway: GatewayHarness,
) -> None:
    """`reply` is the message, and `final` makes the answer not retryable; else it is."""
    final = gateway.check(pay(tool="erase", args={})).json()
    other = gateway.check(pay(tool="unheard_of")).json()

    assert (final["message"], final["retryable"]) == ("Nothing is erased here.", False)
    assert other["retryable"] is True


def test_args_text_is_read_like_args(gateway: GatewayHarness) -> None:
    """The model's raw text decides as the same object does, and is read as strictly."""
    same = gateway.check({"call_id": "c", "tool": "pay", "args_text": '{"amount": 5}'})
    twice = gateway.check({"call_id": "c", "tool": "pay", "args_text": '{"amount":5,"amount":6}'})
    listed = gateway.check({"call_id": "c", "tool": "pay", "args_text": "[5]"})

    assert same.json()["effect"] == "allow"
    assert (twice.status_code, twice.json()["errors"][0]["path"]) == (422, "/args_text/amount")
    assert listed.status_code == 422


@pytest.mark.parametrize(
    "changed",
    [
        {"call_id": ""},
        {"call_id": "a b"},
        {"call_id": "x" * 129},
        {"call_id": "c1\n"},
        {"call_id": 7},
        {"tool": "pay now"},
        {"tool": "pay\n"},
        {"tool": None},
        {"args": None},
        {"args": []},
        {"args": "{}"},
        {"args_text": "{}"},
        {"server": "a/b"},
        {"dry_run": "yes"},
        {"dry_run": 1},
        {"subject": "u"},
        {"subject": {}},
        {"agent": {"id": "a", "more": 1}},
        {"facts": []},
        {"unheard": 1},
    ],
)
def test_a_request_of_another_shape_is_422_and_denied(
    gateway: GatewayHarness, changed: dict[str, Any]
) -> None:
    """A wrong, missing or unknown member is a problem that also says deny, and names the place."""
    answer = gateway.check(pay(**changed))

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["effect"] == "deny"
    assert problem["errors"]
    assert gateway.records() == []


@pytest.mark.parametrize("missing", ["call_id", "tool", "args"])
def test_a_missing_member_never_becomes_an_empty_one(gateway: GatewayHarness, missing: str) -> None:
    """No member that is needed is filled in by us."""
    body = pay()
    del body[missing]

    answer = gateway.check(body)

    assert (answer.status_code, answer.json()["effect"]) == (422, "deny")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", None),
        (b"{", ""),
        (b"\xff\xfe", ""),
        (b'{"call_id":"c","tool":"pay","args":{"amount":5,"amount":5}}', "/args/amount"),
        (b'{"call_id":"c","tool":"pay","tool":"pay","args":{}}', "/tool"),
        (b'{"call_id":"c","tool":"pay","args":{"amount":NaN}}', "/args/amount"),
        (b'{"call_id":"c","tool":"pay","args":{"amount":1e999999999}}', "/args/amount"),
        (b'{"call_id":"c","tool":"pay","args":{"amount":' + b"1" * 41 + b"}}", "/args/amount"),
        (b'{"call_id":"c","tool":"pay","args":{"amount":1e-65}}', "/args/amount"),
        (b'{"call_id":"c","tool":"pay","args":{"x":"\\ud800"}}', "/args/x"),
        (b'{"call_id":"c","tool":"pay","args":' + b"[" * 100 + b"]" * 100 + b"}", None),
        (b"[" * 500_000, None),
        (b'{"call_id":"c","tool":"pay","args":{"x":[' + b"0," * 10_001 + b"0]}}", "/args"),
    ],
)
def test_a_body_that_can_be_read_in_two_ways_is_refused(
    gateway: GatewayHarness, body: bytes, path: str | None
) -> None:
    """Whatever is not strict JSON is 422 with its path, and never reaches a rule."""
    answer = gateway.check_bytes(body)

    assert (answer.status_code, answer.json()["effect"]) == (422, "deny")
    if path is not None:
        assert answer.json()["errors"][0]["path"] == path
    assert gateway.records() == []


def test_depth_is_counted_exactly(gateway: GatewayHarness) -> None:
    """The deepest allowed arguments are read, and one level more is refused, with its path."""
    inner = MAX_DEPTH - 1  # `args` is the first level, wherever it stands in a message
    deep = {"amount": 5, "x": json.loads("[" * inner + "]" * inner)}
    deeper = {"amount": 5, "x": json.loads("[" * (inner + 1) + "]" * (inner + 1))}

    assert gateway.check(pay(args=deep)).status_code == 200
    refused = gateway.check(pay(args=deeper))
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_call")
    assert refused.json()["errors"][0]["path"].startswith("/args/x/0/0")
    for part in ("context", "facts"):
        assert gateway.check(pay(**{part: deeper})).status_code == 422


def test_a_body_over_the_limit_is_413(gateway: GatewayHarness) -> None:
    """More than 1 MiB is refused unread."""
    answer = gateway.check_bytes(b" " * ((1 << 20) + 1))

    assert (answer.status_code, answer.json()["effect"]) == (413, "deny")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_media_type_is_415(gateway: GatewayHarness, media_type: str) -> None:
    """Only JSON is read; anything else is refused, whatever the body says."""
    body = json.dumps(pay()).encode()
    answer = gateway.check_bytes(body, **{"Content-Type": media_type})

    assert (answer.status_code, answer.json()["effect"]) == (415, "deny")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer drw_wrong", "Basic abc", "drw_wrong", "Bearer \u00e9"],
)
def test_without_a_good_key_the_answer_is_401_before_the_body_is_read(
    gateway: GatewayHarness, header: str
) -> None:
    """A bad credential is refused first, so a stranger cannot make us parse."""
    answer = gateway.request(
        "POST",
        "/v1/check",
        content=b"{ not json",
        headers={"Authorization": header.encode()},
    )

    assert (answer.status_code, answer.json()["effect"]) == (401, "deny")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_without_check_is_403(gateway: GatewayHarness) -> None:
    """The scope `check` is needed to ask for decisions; with it the same call is decided."""
    auditor = gateway.new_key([Scope.AUDIT])

    assert gateway.check(pay(), auditor).status_code == 403
    assert gateway.check(pay(), auditor).json()["effect"] == "deny"
    assert gateway.check(pay(), gateway.new_key([Scope.CHECK])).status_code == 200


@pytest.mark.parametrize(
    ("scope", "claim"),
    [
        (Scope.ASSERT_SUBJECT, {"subject": {"id": "u7", "roles": ["teller"]}}),
        (Scope.ASSERT_SUBJECT, {"agent": {"id": "a1"}}),
        (Scope.ASSERT_CONTEXT, {"context": {}}),
        (Scope.ASSERT_SESSION, {"session": "s-42"}),
    ],
)
def test_a_claim_needs_its_scope(
    gateway: GatewayHarness, scope: Scope, claim: dict[str, Any]
) -> None:
    """What a key may not assert is 403, even if empty; with the scope the call is decided."""
    others = [one for one in ALL_SCOPES if one is not scope]

    refused = gateway.check(pay(**claim), gateway.new_key(others))

    assert (refused.status_code, refused.json()["effect"]) == (403, "deny")
    assert gateway.check(pay(**claim)).json()["effect"] == "allow"


def test_without_a_claim_subject_and_agent_are_the_keys(gateway: GatewayHarness) -> None:
    """A key fixes on whose behalf its calls are made; a claim with the scope replaces that."""
    key = gateway.new_key(ALL_SCOPES, subject="ada", agent="clerk")

    gateway.check(pay(), key)
    gateway.check(pay(subject={"id": "bob"}, agent={"id": "temp"}), key)

    claimed, fixed = gateway.records()
    assert (fixed.subject, fixed.agent) == ("ada", "clerk")
    assert (claimed.subject, claimed.agent) == ("bob", "temp")


def test_a_dry_run_is_decided_and_recorded_as_one(gateway: GatewayHarness) -> None:
    """`dry_run` changes nothing but that it is marked, in the answer and in the record."""
    said = gateway.check(pay(dry_run=True)).json()

    assert (said["effect"], said["dry_run"]) == ("allow", True)
    assert gateway.records()[0].dry_run is True


@pytest.mark.parametrize(
    "value", ["0", "-1", "30001", "1e3", "5.0", "", "9" * 5000, "00000000130000", "\u0665"]
)
def test_a_deadline_out_of_range_is_422(gateway: GatewayHarness, value: str) -> None:
    """A deadline nobody can keep is refused rather than guessed."""
    headers = {"Drawbar-Deadline-Ms": value.encode()}

    assert gateway.check(pay(), headers=headers).status_code == 422
    assert gateway.check(pay(), headers={"Drawbar-Deadline-Ms": "30000"}).status_code == 200


def test_two_credentials_types_or_deadlines_are_refused(gateway: GatewayHarness) -> None:
    """Where a header stands twice, two programs may read two things: neither is taken."""
    body = json.dumps(pay()).encode()
    good = [("authorization", f"Bearer {gateway.key}"), ("content-type", "application/json")]

    def send(*more: tuple[str, str]) -> int:
        request = gateway._client.build_request(
            "POST", "/v1/check", content=body, headers=[*good, *more]
        )
        return gateway.run(gateway._client.send(request)).status_code

    assert send() == 200
    assert send(("authorization", "Bearer drw_other")) == 401
    assert send(("content-type", "text/plain")) == 415
    assert send(("content-encoding", "gzip")) == 415
    assert send(("drawbar-deadline-ms", "100"), ("drawbar-deadline-ms", "200")) == 422


def test_a_path_written_otherwise_is_no_decision_and_denies(gateway: GatewayHarness) -> None:
    """A slash behind the path leads nowhere, and says deny."""
    answer = gateway.request("POST", "/v1/check/", json=pay())

    assert (answer.status_code, answer.json()["effect"]) == (404, "deny")
    assert gateway.request("GET", "/v1/check").json()["effect"] == "deny"


def test_a_hostile_argument_name_is_shown_harmlessly(gateway: GatewayHarness) -> None:
    """No control or direction-changing character of a call reaches the message or the record."""
    gateway.write("t.json", '[{"name": "pay", "inputSchema": {"properties": {}}}]')
    gateway.write("bank.bar", 'policy bank version 1; use tools "t.json";')
    gateway.reload()
    said = gateway.check(pay(args={"a\u0000b\n\u202e": 1})).json()

    assert said["reason"] == "invalid_call"
    assert not set("\u0000\n\u202e") & set(said["message"] + said["reasons"][0]["path"])

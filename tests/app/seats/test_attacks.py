"""A seat token that is not of this call, or not any more, leads to an ordinary new decision."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dsl import strictjson
from dsl.model import Decision, ToolCall
from memory.seats.token import Handed, SeatTokens
from tests.app.seats.passing import ARGS, POLICY, at_mcp, payment, sent
from tests.dsl import drawing
from tests.dsl.drawing import law
from tests.harness import ALL_SCOPES, GatewayHarness


def is_new(said: dict[str, Any] | Decision) -> bool:
    """Tell whether a call was decided for itself: with the budget used up, that is a deny."""
    if isinstance(said, Decision):
        return said.first is None and said.effect == "deny"
    return bool(said["effect"] == "deny")


@pytest.fixture
def token(gateway: GatewayHarness) -> str:
    """Return the token of a payment with which the budget is used up."""
    found = sent(gateway, payment())["seat_token"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    "change",
    [
        {"args": {"amount": 6}},
        {"args": {"amount": 5, "to": "Eve"}},
        {"args": {"amount": "5"}},
        {"args": {}},
        {"server": "bank"},
        {"session": None},
        {"tool": "note", "args": {"text": "clean"}},
    ],
)
def test_of_another_call_it_is_worth_nothing(
    gateway: GatewayHarness, token: str, change: dict[str, Any]
) -> None:
    """Not one argument, no server and no session may differ from what was released."""
    gateway.write("bank.bar", POLICY.replace("allow note", "deny note"))
    assert at_mcp(gateway, "m1", token, **change).first is None
    assert at_mcp(gateway, "m2", token).first is not None


def test_another_session_is_another_call(gateway: GatewayHarness, token: str) -> None:
    """What was let through in one session is decided anew in another, and counted there."""
    other = sent(gateway, payment("x1", session="s2"), token)
    again = sent(gateway, payment("x2", session="s2"))

    assert (other["effect"], again["effect"]) == ("allow", "deny")
    assert other["seat_token"] is not None


@pytest.mark.parametrize(
    ("fields", "claims"),
    [
        ({"subject": "eve"}, {}),
        ({"agent": "other"}, {}),
        ({}, {"subject": {"id": "eve"}}),
        ({}, {"agent": {"id": "other"}}),
    ],
)
def test_nobody_else_can_use_it(
    tmp_path: Path, fields: dict[str, str], claims: dict[str, Any]
) -> None:
    """Tenant, subject and agent are those of the first seat, or the call is decided anew."""
    gateway = GatewayHarness(tmp_path, "policy p version 1; rule r: allow pay;")
    body = {"call_id": "c1", "tool": "pay", "args": ARGS}
    found = sent(gateway, body)["seat_token"]
    other = gateway.new_key(ALL_SCOPES, **fields) if fields else None
    said = sent(gateway, {**body, **claims}, found, key=other)
    gateway.close()

    assert said["effect"] == "allow"
    assert said["seat_token"] is not None  # one that takes a decision over hands none on


def test_another_tenant_has_another_call(gateway: GatewayHarness) -> None:
    """The same subject and agent of another tenant are somebody else."""
    gateway.write("bank.bar", "policy bank version 1; rule r: allow pay;")
    gateway.reload()
    body = {"call_id": "c1", "tool": "pay", "args": ARGS}
    found = sent(gateway, body)["seat_token"]

    assert at_mcp(gateway, "m1", found, session=None, tenant="other").first is None
    assert at_mcp(gateway, "m2", found, session=None).first is not None


def test_it_is_used_once(gateway: GatewayHarness, token: str) -> None:
    """The second time is an ordinary decision, by whatever name and at whatever seat."""
    assert at_mcp(gateway, "m1", token).first is not None
    assert is_new(at_mcp(gateway, "m2", token))
    assert is_new(at_mcp(gateway, "m1", token))
    assert is_new(sent(gateway, payment("c9"), token))


def test_its_time_is_a_minute(gateway: GatewayHarness, token: str) -> None:
    """Then it is over; nor is one believed that comes from the future."""
    real = gateway.gateway.now
    for seconds in (61, -60):
        late = timedelta(seconds=seconds)
        gateway.gateway.now = lambda late=late: real() + late  # type: ignore[misc]
        assert is_new(at_mcp(gateway, f"m{seconds}", token))
    gateway.gateway.now = lambda: real() + timedelta(seconds=55)
    assert at_mcp(gateway, "m1", token).first is not None


def test_other_policies_decide_anew(gateway: GatewayHarness, token: str) -> None:
    """Once other policies are in force, what the ones before said is no decision of theirs."""
    gateway.write("more.bar", "policy more version 1; rule r: allow *;")
    gateway.reload()

    assert is_new(at_mcp(gateway, "m1", token))


def test_a_dry_run_neither_gives_nor_takes_one(gateway: GatewayHarness) -> None:
    """It is decided for itself, and uses nothing up."""
    dry = sent(gateway, payment(dry_run=True))
    first = sent(gateway, payment())
    looked = sent(gateway, payment("c2", dry_run=True), first["seat_token"])

    assert (dry["effect"], dry["seat_token"]) == ("allow", None)
    assert is_new(looked)
    assert at_mcp(gateway, "m1", first["seat_token"]).first is not None


def test_what_is_not_let_through_gives_none(gateway: GatewayHarness) -> None:
    """There is nothing to hand on of a question or a refusal."""
    asked = sent(gateway, payment(args={"amount": 500}))
    denied = sent(gateway, payment("c2", tool="unheard_of"))

    assert (asked["effect"], asked["seat_token"]) == ("ask", None)
    assert (denied["effect"], denied["seat_token"]) == ("deny", None)


def test_two_tokens_are_none(gateway: GatewayHarness, token: str) -> None:
    """Of several headers nobody can tell which is meant."""
    key = {"Authorization": f"Bearer {gateway.key}"}
    headers = [*key.items(), ("Drawbar-Decision", token), ("Drawbar-Decision", token)]
    work = gateway._client.post("/v1/check", json=payment("m1"), headers=headers)

    assert is_new(gateway.run(work).json())


UNREADABLE = [
    "",
    ".",
    "..",
    "a.b.c",
    "x" * 5000,
    "e30.e30.",
    base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode() + ".e30.",
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read_is_no_token(gateway: GatewayHarness, token: str, text: str) -> None:
    """It is as if none had come, whatever stands in the header."""
    assert token
    assert is_new(sent(gateway, payment("m1"), text))
    assert is_new(at_mcp(gateway, "m2", text + "\u00fc\x00"))


def test_another_key_signs_other_tokens(gateway: GatewayHarness, token: str) -> None:
    """Whoever has no digest key can make none, and a part of one fits no other."""
    now = gateway.gateway.now()
    claims = gateway.gateway.seats.read(token, now)
    assert claims is not None
    forged = SeatTokens(b"another key of thirty-two bytes!").write(claims)
    head, body, _ = forged.split(".")

    assert is_new(at_mcp(gateway, "m1", forged))
    assert is_new(at_mcp(gateway, "m2", f"{head}.{body}.{token.rpartition('.')[2]}x"))


_calls = st.builds(
    lambda call, session, args: (replace(call, session=session), args),
    drawing.calls(),
    st.sampled_from((None, "s1", "s2")),
    st.dictionaries(st.sampled_from(drawing.NAMES), drawing.json_values, max_size=3),
)


@law(300)
@given(one=_calls, other=_calls, tenants=st.tuples(*[st.sampled_from(("a", "b"))] * 2))
def test_two_calls_have_one_digest_only_if_they_are_one(
    one: tuple[ToolCall, dict[str, Any]],
    other: tuple[ToolCall, dict[str, Any]],
    tenants: tuple[str, str],
) -> None:
    """Whose it is, where and what: all of it is bound, and nothing can move into another part."""
    tokens = SeatTokens(b"k" * 32)
    both = [
        Handed(tenant, call, args)
        for tenant, (call, args) in zip(tenants, (one, other), strict=True)
    ]
    told = [
        (
            one.tenant,
            one.call.subject.id,
            one.call.agent,
            one.call.session,
            one.call.server,
            one.call.tool,
            strictjson.canonical(dict(one.args)),
        )
        for one in both
    ]
    first, second = (tokens.digest(one) for one in both)

    assert (first == second) is (told[0] == told[1])
    call = replace(both[0].call, call_id="another", context={"a": 1})
    renamed = structs.replace(both[0], call=call)
    assert tokens.digest(renamed) == first


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[GatewayHarness, str]]:
    harness = GatewayHarness(tmp_path_factory.mktemp("bytes"), POLICY)
    yield harness, sent(harness, payment())["seat_token"]
    harness.close()


@law(300)
@given(data=st.data())
def test_no_byte_of_it_may_be_altered(
    shared: tuple[GatewayHarness, str], data: st.DataObject
) -> None:
    """A token with anything changed, put in or left out is no token."""
    gateway, token = shared
    at = data.draw(st.integers(0, len(token) - 1))
    put = data.draw(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=3))
    cut = data.draw(st.integers(0, 3))
    altered = token[:at] + put + token[at + cut :]
    if altered != token:
        assert gateway.gateway.seats.read(altered, gateway.gateway.now()) is None

"""One corpus of calls through every client: equal decisions, and equal to the plain HTTP answer."""

from dataclasses import asdict, dataclass, field
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest

from drawbar import Decision, Denied, Pending, Withheld
from memory.keys import Scope
from tests.sdk.kit import KINDS, PATIENCE_S, Kit, in_session
from tests.sdk.kit import kit as a_kit
from tests.sdk.real import Real

OWN: Final = ("decision_id", "call_id", "approval", "seat_token")


@dataclass(frozen=True)
class Call:
    """One call, and the effect and reason that it must have."""

    tool: str
    args: Any
    expected: tuple[str, str]
    options: dict[str, Any] = field(default_factory=dict)
    runs: bool | None = None  # whether @guard runs it; None: it cannot be put to a function


CORPUS: Final = (
    Call("pay", {"amount": 5}, ("allow", "rule"), runs=True),
    Call("pay", {"amount": 100.5}, ("ask", "rule"), runs=False),
    Call("pay", {}, ("deny", "no_rule"), runs=False),
    Call("erase", {"all": True}, ("deny", "rule"), runs=False),
    Call("nobody", {}, ("deny", "invalid_call"), runs=False),
    Call("search", {"limit": 7}, ("allow", "rule"), runs=True),
    Call("search", {"limit": 700}, ("deny", "unsupported_obligation")),
    Call("search", {"limit": 700}, ("allow", "rule"), {"changed_args": True}, runs=True),
    Call("tell", {}, ("deny", "unsupported_obligation"), runs=False),
    Call("tell", {}, ("allow", "rule"), {"obligations": ["notification"]}),
    Call("tell", {}, ("deny", "unsupported_obligation"), {"obligations": ["other"]}),
    Call("pay", {"amount": 5}, ("allow", "rule"), {"dry_run": True}),
    Call("pay", {"amount": 5}, ("allow", "rule"), {"server": "bank", "context": {"x": 1}}),
    Call("pay", {"amount": 5}, ("allow", "rule"), {"facts": {"limit": 3}}),
    Call("pay", {"amount": 500}, ("ask", "rule"), {"approval": "apr_nothing"}),
    Call("pay", {"amount": "5\x00\u2028é"}, ("deny", "no_rule"), runs=False),
    Call("pay", {"amount": 10**39}, ("ask", "rule"), runs=False),
    Call("pay", {"amount": 10**80}, ("deny", "invalid_call"), runs=False),
    Call("pay", {"a": [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}, ("deny", "no_rule"), runs=False),
    Call("p ay", {}, ("deny", "invalid_request"), runs=False),
    Call("pay", {"amount": 5}, ("deny", "invalid_request"), {"server": "no server"}),
    Call("pay", {"text": "x" * 300_000}, ("deny", "invalid_call"), runs=False),
)


def _shown(decision: Decision) -> dict[str, Any]:
    """Return all that does not name this one decision."""
    shown = {name: one for name, one in asdict(decision).items() if name not in OWN}
    waits = decision.approval
    handed = decision.seat_token is not None
    return shown | {"waits": waits and (waits.status, waits.needs), "handed": handed}


def _plainly(real: Real, call: Call) -> dict[str, Any]:
    """Ask without a client."""
    options = dict(call.options)
    changed, obligations = options.pop("changed_args", False), options.pop("obligations", [])
    body = {
        "call_id": "c1",
        "tool": call.tool,
        "args": call.args,
        "session": f"s{uuid4().hex}",
        "supports": {"changed_args": changed, "obligations": obligations},
        **options,
    }
    headers = {"Authorization": f"Bearer {real.key}"}
    answer = httpx.post(f"{real.url}/v1/check", json=body, headers=headers, timeout=PATIENCE_S)
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("call", CORPUS, ids=lambda call: f"{call.tool}-{call.expected[0]}")
def test_every_client_gives_the_same_decision(real: Real, call: Call) -> None:
    """Blocking or asyncio, over TCP or a Unix socket, and without a client: one decision."""
    seen = []
    for kind in KINDS:
        for over in ("tcp", "unix"):
            with a_kit(kind) as kit, in_session(kit, real, over) as session:
                seen.append(kit.run(session.check(call.tool, call.args, **call.options)))
    told = _plainly(real, call)

    assert [_shown(one) for one in seen] == [_shown(seen[0])] * 4
    assert (seen[0].effect, seen[0].reason) == call.expected
    assert seen[0].allowed is (call.expected[0] == "allow" and not call.options.get("dry_run"))
    assert (told["effect"], told.get("reason") or told["code"]) == call.expected
    assert list(seen[0].reasons) == told.get("reasons", [])


GUARDED: Final = tuple(call for call in CORPUS if call.runs is not None)


@pytest.mark.parametrize("call", GUARDED, ids=lambda call: f"{call.tool}-{call.expected[0]}")
def test_a_guarded_function_runs_for_allow_alone(kit: Kit, real: Real, call: Call) -> None:
    """The side effect is there if and only if the clients say allow for the same call."""
    effect = "allow"
    with in_session(kit, real):
        try:
            kit.tool(name=call.tool)(**call.args)
        except Denied:
            effect = "deny"
        except Pending:
            effect = "ask"

    assert effect == call.expected[0]
    assert bool(kit.did) is call.runs


@pytest.mark.parametrize(
    ("missing", "sends"),
    [
        (Scope.CHECK, {}),
        (Scope.ASSERT_SESSION, {}),
        (Scope.ASSERT_CONTEXT, {"context": {"x": 1}}),
        (Scope.ASSERT_FACTS, {"facts": {"x": 1}}),
    ],
)
def test_a_key_without_the_scope_is_denied(
    kit: Kit, real: Real, missing: Scope, sends: dict[str, Any]
) -> None:
    """What the key may not say denies the call, and the reason says so."""
    granted = [scope for scope in Scope if scope not in (missing, Scope.FEEDBACK)]
    client = kit.client(None, real.new_key(*granted), uds=real.uds)
    refused = kit.run(client.session().check("pay", {"amount": 5}, **sends))
    kit.run(client.close())

    assert (refused.effect, refused.reason) == ("deny", "missing_scope")
    assert missing.value in refused.message


def test_without_the_scope_for_results_a_guarded_result_is_withheld(kit: Kit, real: Real) -> None:
    """Nobody judged the result, so nobody sees it."""
    granted = (Scope.CHECK, Scope.ASSERT_SESSION)
    client = kit.client(None, real.new_key(*granted), uds=real.uds)
    with client.session(), pytest.raises(Withheld) as withheld:
        kit.tool(name="pay", gives="secret")(amount=5)
    kit.run(client.close())

    assert withheld.value.observed.reason == "missing_scope"
    assert kit.did == [{"amount": 5}]


def test_a_seat_token_hands_a_decision_on(kit: Kit, real: Real) -> None:
    """A second seat that shows the token of the first takes its decision over: counted once."""
    with in_session(kit, real) as session:
        first = kit.run(session.check("count", {"n": 1}))
        second = kit.run(
            session.check("count", {"n": 1}, call_id="other", seat_token=first.seat_token)
        )
        without = [kit.run(session.check("count", {"n": n})).effect for n in (2, 3)]
        dry = kit.run(session.check("pay", {"amount": 5}, dry_run=True))

    assert first.seat_token is not None
    assert (second.effect, "seat before" in second.message) == ("allow", True)
    assert without == ["allow", "deny"]
    assert dry.seat_token is None

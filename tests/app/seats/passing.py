"""Short ways to send calls through two seats of a gateway."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from app.approvals.waiting import settle_and_wait
from app.auth import Caller
from app.deciding.question import Question
from app.engine import Terms
from dsl.model import Decision, Subject, ToolCall
from memory.keys import ApiKey
from tests.harness import GatewayHarness

# One payment fits into the budget, and large ones are asked about.
POLICY: Final = """\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100 because "large payments need a person";
rule once: deny pay when count(pay) >= 1 priority 1;
rule note: allow note when args.text != "clean" with set(args.text, "clean");
rule noted: allow note when args.text == "clean";
"""
ARGS: Final = {"amount": 5}


def payment(call_id: str = "c1", **members: Any) -> dict[str, Any]:
    """Return a payment that the policy allows once."""
    supports = {"changed_args": True}
    named = {"call_id": call_id, "session": "s1", "tool": "pay", "args": ARGS}
    return {**named, "supports": supports, **members}


def sent(
    gateway: GatewayHarness, body: Mapping[str, Any], token: str | None = None, **parts: Any
) -> dict[str, Any]:
    """Return the answer of a seat that speaks HTTP, with the token that it was handed."""
    headers = {} if token is None else {"Drawbar-Decision": token}
    answer = gateway.check(dict(body), headers=headers, **parts)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def at_mcp(
    gateway: GatewayHarness,
    call_id: str,
    token: str | None,
    session: str | None = "s1",
    **more: Any,
) -> Decision:
    """Return what another edge decides of the same payment, inside the gateway."""
    key = caller(gateway)
    key = replace(key, tenant=more.pop("tenant", key.tenant))
    tool, args = more.pop("tool", "pay"), more.pop("args", ARGS)
    subject, agent = Subject(key.subject, key.roles), more.pop("agent", key.agent)
    call = ToolCall(call_id, tool, args, more.pop("server", None), subject, agent, session)
    question = Question(
        call, Caller(key), "mcp", 5.0, Terms(changed_args=True, **more), seat_token=token
    )
    return gateway.run(settle_and_wait(gateway.gateway, question, _stays))


def caller(gateway: GatewayHarness) -> ApiKey:
    """Return the key of whoever asks in these tests."""
    key = gateway.run(gateway.gateway.ring.find(gateway.key))
    assert key is not None
    return key


async def _stays() -> bool:
    return False


def told(gateway: GatewayHarness, *events: Mapping[str, Any], **parts: Any) -> list[Any]:
    """Return what is said of some events of the session."""
    body = {"session": "s1", "events": list(events)}
    answer = gateway.request("POST", "/v1/observe", json=body, **parts)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["events"]
    return found


def came(call_id: str, result: Any, event: str | None = None) -> dict[str, Any]:
    """Return that a call came back."""
    name = event or f"r-{call_id}"
    return {"type": "result", "id": name, "call_id": call_id, "result": result}

"""What is decided about results and replies is recorded like what is decided about calls."""

from pathlib import Path
from typing import Any

import pytest

from memory.evidence.evidence import About, Look
from tests.harness import GatewayHarness, pay

POLICY = """
policy bank version 1;
rule small: allow pay;
rule no_cards on result: deny pay when detects(result, "card") because "a card number";
rule no_mail on reply: deny when detects(reply, "email") because "an address";
"""
CARD = "4111 1111 1111 1111"


@pytest.fixture
def watched(tmp_path: Path) -> Any:
    """Return a gateway with rules on results and replies, and a call let through."""
    harness = GatewayHarness(tmp_path, POLICY)
    harness.check(pay(session="s"))
    yield harness
    harness.close()


def _observe(gateway: GatewayHarness, **event: Any) -> Any:
    body = {"session": "s", "events": [{"id": "e1", **event}]}
    return gateway.request("POST", "/v1/observe", json=body).json()["events"][0]


def test_a_result_is_recorded_with_its_call(watched: GatewayHarness) -> None:
    """Shown or withheld: by which rule, of which call, and of the result a digest alone."""
    said = _observe(watched, type="result", call_id="c1", result={"card": CARD})
    first, call = watched.records()

    assert said["effect"] == "deny"
    assert (first.phase, first.effect, first.rule) == ("result", "deny", "bank/no_cards")
    assert (first.call_id, first.tool, first.args_hmac) == ("c1", "pay", call.args_hmac)
    assert first.content_hmac != first.args_hmac
    assert CARD not in str(first)


def test_a_reply_is_recorded(watched: GatewayHarness) -> None:
    """A reply has no tool; its text stands in no record."""
    _observe(watched, type="reply", text="write to ada@corp.example")
    first = watched.records()[0]

    assert (first.phase, first.effect, first.rule) == ("reply", "deny", "bank/no_mail")
    assert "ada@corp" not in str(first)


def test_a_result_of_nothing_is_recorded_too(watched: GatewayHarness) -> None:
    """Somebody told of a call that was never let through."""
    _observe(watched, type="result", call_id="other", result="x")
    first = watched.records()[0]

    assert (first.phase, first.effect, first.reason) == ("result", "deny", "invalid_call")


def test_what_was_withheld_is_kept_as_evidence(watched: GatewayHarness) -> None:
    """The session forgets it; an auditor can still open it under the decision."""
    _observe(watched, type="result", call_id="c1", result={"card": CARD})
    record = watched.records()[0]
    found = watched.run(_opened(watched, record.id))

    assert {"result": {"card": CARD}} in found


async def _opened(gateway: GatewayHarness, decision: str) -> list[Any]:
    record = await gateway.gateway.records.get(decision)
    assert record is not None
    about = About(record.tenant, record.id, record.session, record.call_id, record.subject)
    look = Look("tester", "a test", gateway.gateway.now())
    return [one.content for one in await gateway.gateway.keeper.evidence.get(about, look)]

"""Who asked, who answered and what ran on it stand in the chain."""

import json
from typing import Any

from sqlalchemy import select

from memory.keys import Scope
from memory.tables import records
from tests.harness import GatewayHarness, pay

LARGE = {"amount": 500}


def _of_kind(gateway: GatewayHarness, kind: str) -> list[dict[str, Any]]:
    async def read() -> list[dict[str, Any]]:
        query = select(records.c.content).where(records.c.kind == kind).order_by(records.c.seq)
        async with gateway.gateway.database.read() as connection:
            return [json.loads(one) for one in (await connection.execute(query)).scalars()]

    return gateway.run(read())


def _decide(gateway: GatewayHarness, approval: str, how: str, key: str) -> int:
    path = f"/v1/approvals/{approval}/{how}"
    return gateway.request("POST", path, key, json={"comment": "a private word"}).status_code


def test_an_approved_call_leads_back_to_who_said_yes(gateway: GatewayHarness) -> None:
    """The ask, the answer and the allow name one approval; the comment stands in none of them."""
    agent = gateway.new_key([Scope.CHECK], subject="agent")
    boss = gateway.new_key([Scope.APPROVE], subject="boss")
    asked = gateway.check(pay(args=LARGE), agent).json()
    approval = asked["approval"]["id"]
    assert _decide(gateway, approval, "approve", boss) == 200
    gateway.check(pay(args=LARGE, approval=approval), agent)
    allowed, ask = gateway.records()
    (answer,) = _of_kind(gateway, "answer")

    assert (ask.effect, ask.approval["id"], ask.approval["status"]) == ("ask", approval, "pending")
    assert (answer["approval"], answer["said"], answer["subject"]) == (approval, "approved", "boss")
    assert (allowed.effect, allowed.reason) == ("allow", "approved")
    assert allowed.approval["id"] == approval
    assert "private" not in str((allowed, ask, answer))


def test_a_rejection_is_recorded_without_its_words(gateway: GatewayHarness) -> None:
    """The agent reads the comment; the record holds that somebody said no."""
    agent = gateway.new_key([Scope.CHECK], subject="agent")
    boss = gateway.new_key([Scope.APPROVE], subject="boss")
    approval = gateway.check(pay(args=LARGE), agent).json()["approval"]["id"]
    assert _decide(gateway, approval, "reject", boss) == 200
    said = gateway.check(pay(args=LARGE, approval=approval), agent).json()
    (answer,) = _of_kind(gateway, "answer")

    assert "private" in said["message"]
    assert answer["said"] == "rejected"
    assert "private" not in str((gateway.records(), answer))


def test_an_answer_that_cannot_be_recorded_is_none(
    gateway: GatewayHarness, monkeypatch: Any
) -> None:
    """Where the store fails, nobody has said yes."""
    agent = gateway.new_key([Scope.CHECK], subject="agent")
    boss = gateway.new_key([Scope.APPROVE], subject="boss")
    approval = gateway.check(pay(args=LARGE), agent).json()["approval"]["id"]
    with monkeypatch.context() as patch:
        patch.setattr("memory.records.log._is_of_one_record", lambda _error: False)
        patch.setattr("memory.records.log.chains.link_hash", _fail, raising=True)
        assert _decide(gateway, approval, "approve", boss) == 503
    said = gateway.check(pay(args=LARGE, approval=approval), agent).json()

    assert (said["effect"], said["approval"]["status"]) == ("ask", "pending")


def _fail(*_: object) -> str:
    raise OSError("disk full")

"""What a gateway keeps of its decisions, and what of it stands in records."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select

from app.evidence.settings import EvidenceSettings, MaskingSettings
from app.evidence.sweeping import Sweeping
from memory.evidence.evidence import About, Look, Opened
from memory.tables import evidence
from tests.harness import GatewayHarness

POLICY: Final = """\
policy bank version 1;
use tools "tools.json";
fact limit = given;
rule small: allow pay when args.amount <= 100 and fact.limit == 100;
rule large: deny pay when args.amount > 100
  reply "{args.amount} is more than {{100}}; {args.to} and {context.place} know it.";
"""
TOOLS: Final = json.dumps(
    [
        {
            "name": "pay",
            "inputSchema": {
                "type": "object",
                "properties": {
                    "amount": {"type": "integer"},
                    "to": {"type": "string"},
                    "notes": {"type": "object", "additionalProperties": {"type": "integer"}},
                },
                "required": ["amount"],
            },
        }
    ]
)
LOOK: Final = Look("tester", "", datetime(2026, 1, 1, tzinfo=UTC))
SECRET: Final = "canary-5e11"


class Bank(GatewayHarness):
    """A gateway with one tool."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        (folder / "policies").mkdir(parents=True, exist_ok=True)
        (folder / "policies" / "tools.json").write_text(TOOLS)
        super().__init__(folder, POLICY, **settings)

    def pay(self, **members: Any) -> Any:
        """Ask for a payment."""
        body = {"call_id": "c1", "tool": "pay", "args": {"amount": 5}, **members}
        return self.check(body).json()

    def kept(self, answer: Any, session: str | None = None) -> list[Opened]:
        """Open what is kept of a decision."""
        about = About("default", answer["decision_id"], session, answer["call_id"], None)
        return self.run(self.gateway.keeper.evidence.get(about, LOOK))

    def contents(self, answer: Any, session: str | None = None) -> dict[str, Any]:
        """Open it by its kind."""
        return {str(one.kind): one.content for one in self.kept(answer, session)}

    def rows(self) -> list[Any]:
        """Return what the store holds."""

        async def work() -> list[Any]:
            async with self.gateway.database.read() as connection:
                return list((await connection.execute(select(evidence))).all())

        return self.run(work())


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    opened = Bank(tmp_path)
    yield opened
    opened.close()


def test_a_decision_can_be_opened_as_it_was_made(bank: Bank) -> None:
    """Arguments, context and facts are kept in full, and exactly."""
    answer = bank.pay(facts={"limit": 100}, context={"place": "Ulm"})

    assert answer["effect"] == "allow"
    assert bank.contents(answer) == {
        "arguments": {"args": {"amount": 5}, "context": {"place": "Ulm"}},
        "facts": {"request": {"limit": 100}},
    }


def test_what_the_agent_was_told_is_sealed_and_the_record_names_its_places(bank: Bank) -> None:
    """A reply with values in it is answered in full; the record holds the rule's words."""
    answer = bank.pay(args={"amount": 500, "to": SECRET}, context={"place": SECRET})
    (record,) = bank.records()

    assert answer["message"] == f"500 is more than {{100}}; {SECRET} and {SECRET} know it."
    assert (
        record.message == "{args.amount} is more than {100}; {args.to} and {context.place} know it."
    )
    assert bank.contents(answer)["message"] == {"answered": answer["message"]}


def test_a_value_that_may_be_seen_stands_in_the_record(tmp_path: Path) -> None:
    """Only the path that the settings show, of the tool they name, and not what is hidden."""
    masking = MaskingSettings(shown={"pay": ["args.amount", "args.to"]}, hidden=["email"])
    bank = Bank(tmp_path, masking=masking)
    bank.pay(args={"amount": 500, "to": "a@example.com"}, context={"place": SECRET})
    (record,) = bank.records()
    bank.close()

    assert record.message.startswith("500 is more than {100}; hmac-sha256:")
    assert record.message.endswith(" and {context.place} know it.")


@pytest.mark.parametrize(
    ("args", "path"),
    [
        ({"amount": 1, SECRET: 2}, "/hmac-sha256:"),
        ({"amount": 1, "notes": {SECRET: "x"}}, "/notes/hmac-sha256:"),
        ({"amount": "x"}, "/amount"),
        ({}, "/amount"),
    ],
)
def test_names_that_only_the_caller_knows_are_masked_in_records(
    bank: Bank, args: Any, path: str
) -> None:
    """The answer says which argument is wrong; the record does so where its name is declared."""
    answer = bank.pay(args=args)
    (record,) = bank.records()

    assert (answer["reason"], record.reason) == ("invalid_call", "invalid_call")
    assert record.reasons[0]["path"].startswith(path)
    assert SECRET not in json.dumps([record.reasons, record.message])
    assert bank.contents(answer)["arguments"] == {"args": args}


def test_results_and_words_of_users_are_kept(bank: Bank) -> None:
    """What came back of a call is opened with its decision; what was said stands beside."""
    answer = bank.pay(facts={"limit": 100}, session="s1")
    events = [
        {"type": "user", "id": "u1", "text": SECRET},
        {"type": "result", "id": "r1", "call_id": "c1", "result": {"ok": SECRET}},
    ]
    bank.request("POST", "/v1/observe", json={"session": "s1", "events": events})

    result = {"result": {"ok": SECRET}}
    assert bank.contents(answer, "s1")["result"] == result
    assert sorted(row.kind for row in bank.rows()) == ["arguments", "facts", "message", "result"]
    assert not [row for row in bank.rows() if SECRET.encode() in row.sealed]


def test_an_event_that_is_told_twice_is_kept_once(bank: Bank) -> None:
    """What did not happen anew leaves nothing anew."""
    event = {"type": "user", "id": "u1", "text": "hello"}
    for _ in range(2):
        bank.request("POST", "/v1/observe", json={"session": "s1", "events": [event]})

    assert len(bank.rows()) == 1


def test_what_is_never_kept_is_not_stored(tmp_path: Path) -> None:
    """Zero days mean that a kind never reaches the store; the decision is made all the same."""
    nothing = EvidenceSettings(arguments_days=0, facts_days=0, message_days=0, result_days=0)
    bank = Bank(tmp_path, evidence=nothing)
    answer = bank.pay(facts={"limit": 100})
    rows = bank.rows()
    bank.close()

    assert (answer["effect"], rows) == ("allow", [])


def test_what_cannot_be_kept_is_not_decided(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """No call is let through whose evidence could not be sealed or stored."""

    def refused(*_: Any) -> Any:
        raise OSError(SECRET)

    with monkeypatch.context() as broken:
        broken.setattr(type(bank.gateway.keeper.vault), "key", refused)
        assert bank.pay(facts={"limit": 100})["effect"] == "deny"
    assert bank.records() == []
    assert bank.pay(facts={"limit": 100})["effect"] == "allow"


def test_the_sweep_deletes_and_counts(bank: Bank) -> None:
    """What is past its days is gone from the store, and a metric says how much."""
    bank.pay(facts={"limit": 100})
    later = bank.gateway.now() + timedelta(days=366)
    keeper, metrics = bank.gateway.keeper, bank.gateway.metrics
    sweeping = Sweeping(keeper.evidence, keeper.vault, metrics, lambda: later)
    bank.run(sweeping.sweep())

    assert bank.rows() == []
    shown = bank.request("GET", "/metrics").text
    assert 'drawbar_evidence_deleted_total{kind="arguments"} 1.0' in shown
    assert len(bank.records()) == 1

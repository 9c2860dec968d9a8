"""A sentence whose kind was declared is decided by code, in a gateway without any guard."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.config_file import SettingsError
from app.guarding.guarding import Guards
from app.guarding.settings import OffTaskSettings
from app.guarding.unmet import unmet
from app.policy.policies import load
from app.telemetry import Metrics
from guards.classifier.embedded.guard import NAME
from tests.app.test_guarding import judged, replays
from tests.harness import GatewayHarness

TOOLS = {
    "tools": [
        {"name": name, "inputSchema": {"properties": members, "required": [*members]}}
        for name, members in (
            ("pay", {"amount": {"type": "number"}}),
            ("verify_identity", {"user": {"type": "string"}}),
        )
    ]
}
OPEN = 'policy bank version 1;\nuse tools "bank.tools.json";\nrule open: allow *;\n'
LIMIT = 'rule limit: deny pay when judge("Never pay more than 100." as num_max forbids) >= 0.5;\n'
ORDER = (
    'rule order: deny pay when judge("Only pay after verify_identity." as order_before permits) '
    ">= 0.5;\n"
)
REASON = "# lint: ignore BAR419 because a guard is being trained for it\n"


class Declared(GatewayHarness):
    """A gateway with tools and no guard."""

    def __init__(self, folder: Path, rules: str) -> None:
        (folder / "policies").mkdir()
        (folder / "policies" / "bank.tools.json").write_text(json.dumps(TOOLS))
        super().__init__(folder, OPEN + rules)
        self.number = 0

    def asks(self, tool: str, **more: Any) -> Any:
        self.number += 1
        return self.check({"call_id": f"c{self.number}", "tool": tool, **more}).json()

    def pay(self, amount: Any, **more: Any) -> Any:
        return self.asks("pay", args={"amount": amount}, **more)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Declared]:
    running = Declared(tmp_path, LIMIT + ORDER)
    yield running
    running.close()


def test_code_decides_a_declared_sentence_and_its_verdict_is_recorded(gateway: Declared) -> None:
    """By the call and by the session, as a rule would; replay gives the same without a guard."""
    body = {"session": "s1", "events": [{"type": "user", "id": "u1", "text": "pay"}]}
    assert gateway.request("POST", "/v1/observe", json=body).status_code == 200
    assert gateway.pay(5, session="s1")["reasons"][0]["rule"] == "order"
    known = {
        one["about"]["rule"]: (one["about"]["guard"], one["answer"]) for one in judged(gateway)
    }
    assert known == {"limit": ("embedded", "0"), "order": ("embedded", "1")}

    gateway.asks("verify_identity", args={"user": "u"}, session="s1")
    event = {"type": "result", "id": "r1", "call_id": "c2", "result": {"ok": True}}
    body = {"session": "s1", "events": [event]}
    assert gateway.request("POST", "/v1/observe", json=body).status_code == 200
    assert gateway.pay(5, session="s1")["effect"] == "allow"
    assert gateway.pay(101, session="s1")["reasons"][0]["rule"] == "limit"

    without = gateway.pay(5)  # of no session nobody knows what was called before
    reason = without["reasons"][0]
    assert (without["effect"], reason["by"], reason["cause"]) == (
        "deny",
        "unknown",
        "facts_missing",
    )
    last = replays(gateway)
    assert (last.judged, last.same) == (5, 5)


def test_what_code_decides_is_counted(gateway: Declared) -> None:
    """Once a rule and decision, by what came of it, also where a fact is missing."""

    def counted() -> dict[str, float]:
        labels = gateway.gateway.metrics.judgements.labels
        return {
            outcome: labels(NAME, "judge", outcome)._value.get()
            for outcome in ("score", "facts_missing")
        }

    assert counted() == {"score": 0, "facts_missing": 0}
    gateway.pay(5)
    assert counted() == {"score": 1, "facts_missing": 1}
    gateway.asks("verify_identity", args={"user": "u"})
    assert counted() == {"score": 1, "facts_missing": 1}


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        (LIMIT, []),
        (LIMIT.replace("num_max", "num_min"), ["judge-no-skill", "judge-kind-doubtful"]),
        (REASON + LIMIT.replace("num_max", "num_min"), ["judge-no-skill"]),
        (LIMIT.replace("num_max", "num_min").replace(";\n", " mode shadow;\n"), []),
        (LIMIT.replace("num_max", "tone"), ["judge-no-skill"]),
    ],
)
def test_a_doubtful_kind_is_told_at_load(tmp_path: Path, rule: str, codes: list[str]) -> None:
    """A person must give a reason before it is published; a sound one needs no guard."""
    (tmp_path / "bank.tools.json").write_text(json.dumps(TOOLS))
    (tmp_path / "bank.bar").write_text(OPEN + rule)

    assert [finding.code for _, finding in unmet(load([tmp_path]).units, {})] == codes


def test_a_sentence_looks_as_far_back_as_its_rule(tmp_path: Path) -> None:
    """What is counted for a user beyond the session is fetched before the sentence is decided."""
    text = "Never pay more than 5 times a day per user."
    rule = f'rule often: deny pay when judge("{text}" as count_max forbids) >= 0.5;\n'
    (tmp_path / "bank.tools.json").write_text(json.dumps(TOOLS))
    (tmp_path / "bank.bar").write_text(OPEN + rule)

    assert load([tmp_path]).reach == {"subject": timedelta(days=1)}


def test_no_other_guard_has_the_name_of_the_embedded_one(tmp_path: Path) -> None:
    """Records tell by that name what code decided."""
    with pytest.raises(SettingsError, match="a name of our own"):
        Guards({NAME: OffTaskSettings(kind="off_task", folder=tmp_path)}, Metrics())

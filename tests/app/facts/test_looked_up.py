"""What was looked up is counted, and stands in the record of the decision."""

from typing import Any

import pytest

from dsl.model import Cause, Decision, FactRead
from tests.app.facts.asking import Gateway
from tests.app.facts.serving import Server, says


def test_what_was_looked_up_is_counted(gateway: Gateway, server: Server) -> None:
    """By source and outcome; a policy's word for a source that is not set up makes no label."""
    gateway.effect(dry_run=True)
    gateway.effect(dry_run=True)
    server.answers.clear()
    gateway.effect(session="s2")
    text = gateway.request("GET", "/metrics").text

    for outcome in ("found", "kept", "not_there"):
        assert f'drawbar_facts_total{{outcome="{outcome}",source="get_limit"}} 1.0' in text
    assert 'drawbar_fact_seconds_count{source="get_limit"} 2.0' in text


def test_the_decision_holds_what_was_read(
    gateway: Gateway, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The values a decision rests on go with it, also those that could not be had."""
    seen: list[Decision] = []
    recorder = gateway.gateway.recorder

    class Noting:
        def record(self, call: Any, decision: Decision, *more: Any) -> Any:
            seen.append(decision)
            return recorder.record(call, decision, *more)

    monkeypatch.setattr(gateway.gateway, "recorder", Noting())
    gateway.effect(dry_run=True)
    gateway.effect(dry_run=True)
    server.answers["/limits/a"] = says({}, 500)
    gateway.effect(session=None)

    asked = ("get_limit", {"id": "a"})
    assert [decision.facts for decision in seen] == [
        (FactRead(*asked, 10, None, "found"),),
        (FactRead(*asked, 10, None, "kept"),),
        (FactRead(*asked, None, Cause.NO_FACT, "status"),),
    ]

"""Which policies judge at which edge, and which never do."""

import re
from pathlib import Path

import httpx
import pytest

from app.deciding import judging
from app.deciding.evaluating import PATIENCE_S, Evaluations
from app.doctor import running
from app.policy.policies import EMPTY
from dsl.model import ReasonCode
from tests.harness import GatewayHarness, pay


def shown(gateway: GatewayHarness, name: str) -> dict[str, float]:
    text = gateway.request("GET", "/metrics").text
    found = re.findall(rf'^{name}\{{edge="(\w+)",policy="(\w+)"\}} (\S+)$', text, re.MULTILINE)
    return {f"{policy}@{edge}": float(value) for edge, policy, value in found}


def test_each_judged_call_is_counted_by_policy_and_edge(gateway: GatewayHarness) -> None:
    """Whatever comes of a call its policies judged it; the canary counts for none."""
    gateway.check(pay())
    gateway.check(pay(call_id="c2", tool="erase", args={}))
    gateway.check(pay(call_id="c3", tool="drawbar.canary", args={}))

    assert shown(gateway, "drawbar_policy_evaluations_total") == {"bank@http": 2, "bank@mcp": 0}


def test_a_policy_that_never_judges_is_told_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that its rules name come in, and all are refused before it is asked."""
    gateway = GatewayHarness(tmp_path)
    now = 0.0
    made = gateway.gateway.metrics.evaluations
    monkeypatch.setattr(made, "_clock", lambda: now)
    made.bind(EMPTY)
    made.bind(gateway.gateway.live.current)

    async def never(case: judging.Case, _turn: object) -> object:
        return judging.refuse(case, ReasonCode.DEADLINE)

    monkeypatch.setattr(judging, "_judge", never)
    try:
        gateway.check(pay(tool="look", args={}))
        now = PATIENCE_S
        others = made.unevaluated()
        gateway.check(pay(call_id="c2"))
        silent = made.unevaluated()
        text = gateway.request("GET", "/metrics").text
        monkeypatch.undo()
        gateway.check(pay(call_id="c3"))
        after = shown(gateway, "drawbar_policy_unevaluated")
    finally:
        gateway.close()

    assert (others, silent) == ([], [("bank", "http")])
    assert after == {"bank@http": 0, "bank@mcp": 0}
    answers = httpx.MockTransport(
        lambda asked: (
            httpx.Response(200, text=text)
            if asked.url.path == "/metrics"
            else httpx.Response(200, json={"faults": [], "revision": "1:x"})
        )
    )
    with httpx.Client(transport=answers, base_url="http://g") as asks:
        found = list(running.running(asks, "http://g", EMPTY, wanted=True))
    assert [one.name for one in found if one.level == "finding"] == ["unevaluated"]


def test_what_is_bound_no_more_is_told_no_more() -> None:
    """A policy that left the folder is no policy that never judges."""
    made = Evaluations(lambda: 0.0)
    made.bind(EMPTY)

    assert made.unevaluated() == []
    assert [one.samples for one in made.collect()] == [[], []]

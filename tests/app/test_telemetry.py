"""What is counted at each edge, and that labels stay few."""

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.deciding.evaluating import PATIENCE_S
from app.doctor import running
from app.policy.policies import EMPTY, PolicySet
from app.telemetry import Metrics
from dsl.model import By, Cause, Effect, Reason, ReasonCode, Verdict
from memory.freezes.store import Kind, Whom
from memory.records.act import os_user
from tests.app.edges.mcp.desk import Desk
from tests.harness import POLICY, GatewayHarness, pay

LOOK = "rule look: allow look;\nrule far: deny look when args.days > 30;\n"
Labels = frozenset[tuple[str, str]]
# Whatever else a label may be, it is no word of a call: each of these has few values.
BOUNDED = {
    *("edge", "phase", "effect", "reason", "would", "stage", "outcome", "status", "kind"),
    *("policy", "rule", "cause", "source", "fault", "revision", "le"),
}


def shown(gateway: GatewayHarness) -> dict[tuple[str, Labels], float]:
    """Read what Prometheus would."""
    text = gateway.request("GET", "/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(found: dict[tuple[str, Labels], float], name: str, **labels: str) -> float:
    return found[f"drawbar_{name}", frozenset(labels.items())]


def test_the_http_edge_shows_what_it_decided(tmp_path: Path) -> None:
    """A decision, its time, and the rule that denied as it could not be evaluated, with why."""
    gateway = GatewayHarness(tmp_path, POLICY + LOOK)
    try:
        gateway.check(pay())
        gateway.check(pay(call_id="c2", tool="look", args={}))
        found = shown(gateway)
    finally:
        gateway.close()

    allowed = {"edge": "http", "phase": "call", "effect": "allow", "reason": "rule"}
    assert of(found, "decisions_total", **allowed) == 1
    assert of(found, "decision_seconds_count", edge="http") == 2
    assert of(found, "policy_evaluations_total", edge="http", policy="bank") == 2
    unknown = {"policy": "bank", "rule": "far", "cause": "missing"}
    assert of(found, "unknown_total", **unknown) == 1
    assert of(found, "revision_age_seconds") > 0
    assert of(found, "changes_unheard_seconds") < float("inf")


def test_the_mcp_edge_shows_what_it_decided(tmp_path: Path) -> None:
    """The same figures, under the name of the edge."""
    desk = Desk(tmp_path)
    try:
        desk.ruling(amount=5)
        found = shown(desk.gateway)
    finally:
        desk.gateway.close()

    allowed = {"edge": "mcp", "phase": "call", "effect": "allow", "reason": "rule"}
    assert of(found, "decisions_total", **allowed) == 1
    assert of(found, "decision_seconds_count", edge="mcp") == 1
    assert of(found, "policy_evaluations_total", edge="mcp", policy="bank") == 1


def test_no_label_holds_a_word_of_a_call(gateway: GatewayHarness) -> None:
    """Tools, subjects, sessions and rules of sessions are unbounded, so none of them is shown."""
    for number in range(3):
        gateway.check(pay(call_id=f"c{number}", tool=f"oddtool{number}", session=f"s{number}"))
    text = gateway.request("GET", "/metrics").text

    assert "oddtool" not in text
    assert {label for _, labels in shown(gateway) for label, _ in labels} <= BOUNDED


def test_unknowns_are_counted_of_published_rules_in_force(tmp_path: Path) -> None:
    """A rule of one session, also under a published policy's name, has no label, nor a gone one."""
    gateway = GatewayHarness(tmp_path)
    try:
        unknowns = gateway.gateway.metrics.unknowns
        for policy, rule in (("bank", "large"), ("bank", "made_up"), ("mine", "large")):
            reason = Reason(
                ReasonCode.RULE, Effect.ASK, policy, rule, By.UNKNOWN, Cause.MISSING, "args.x"
            )
            unknowns.told(Verdict(Effect.ASK, ReasonCode.RULE, (reason,)))
        before = [one.labels["rule"] for family in unknowns.collect() for one in family.samples]
        gateway.write("bank.bar", POLICY.replace("rule large", "rule other"))
        gateway.reload()
        after = [one for family in unknowns.collect() for one in family.samples]
    finally:
        gateway.close()

    assert (before, after) == (["large"], [])


def test_an_unknown_counts_from_the_first_decision_on(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nobody has looked yet at what the policies in force ask for."""

    async def endless(_taken: PolicySet) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(gateway.gateway.live, "_heed", endless)
    gateway.write("bank.bar", POLICY + "rule more: ask pay when args.limit > 5;\n")
    gateway.run(gateway.gateway.live.reload())
    gateway.check(pay())

    unknowns = gateway.gateway.metrics.unknowns
    found = [one.labels["rule"] for family in unknowns.collect() for one in family.samples]
    assert found == ["more"]


def test_what_keeps_a_gateway_from_being_ready_is_shown(tmp_path: Path) -> None:
    """The words of `/readyz` are a metric each while they are true, and no longer."""
    gateway = GatewayHarness(tmp_path, policy=None)
    try:
        before = shown(gateway)
        gateway.write("bank.bar", POLICY)
        gateway.reload()
        after = shown(gateway)
    finally:
        gateway.close()

    assert of(before, "not_ready", fault="no_policy") == 1
    assert ("drawbar_not_ready", frozenset({("fault", "no_policy")})) not in after


def test_a_policy_cut_off_from_its_edge_is_told(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bound, named by a call, and never asked since the edge closed: 1 after 15 minutes."""
    made, now = gateway.gateway.metrics.evaluations, 0.0
    monkeypatch.setattr(made, "_clock", lambda: now)
    made.bind(gateway.gateway.live.current)
    made._since = dict.fromkeys(made._since, 0.0)
    monkeypatch.setattr(gateway.gateway.canaries, "is_closed", lambda _edge: True)
    assert gateway.check(pay()).json()["reason"] == "canary"
    early = shown(gateway)
    now = PATIENCE_S
    late = shown(gateway)

    which = {"edge": "http", "policy": "bank"}
    assert (of(early, "policy_unevaluated", **which), of(late, "policy_unevaluated", **which)) == (
        (0, 1)
    )


def test_each_gateway_counts_for_itself() -> None:
    """Two gateways in one process share no metric."""
    one, other = Metrics(), Metrics()
    one.unguarded.labels("http").inc()

    samples = [s for family in other.registry.collect() for s in family.samples]
    assert not [s for s in samples if re.match("drawbar_unguarded", s.name)]


def test_the_doctor_says_for_how_long_a_revision_is_in_force_and_who_is_frozen() -> None:
    """Both are read off the gateway that runs, in words."""
    text = "drawbar_revision_age_seconds 7300.0\ndrawbar_frozen 2.0\n"
    answers = httpx.MockTransport(
        lambda asked: (
            httpx.Response(200, text=text)
            if asked.url.path == "/metrics"
            else httpx.Response(200, json={"faults": [], "revision": "1:x"})
        )
    )
    with httpx.Client(transport=answers, base_url="http://g") as asks:
        found = list(running.running(asks, "http://g", EMPTY, wanted=True))

    assert [(one.name, one.level) for one in found] == [("frozen", "note"), ("gateway", "ok")]
    assert "2 tenants, subjects or agents are frozen" in found[0].said
    assert found[1].said.endswith("revision 1:x, taken up 2 hours ago")


def test_who_is_frozen_is_counted(gateway: GatewayHarness) -> None:
    """The number goes up and down with freezes, whoever made them."""
    before = of(shown(gateway), "frozen")
    whom = Whom("default", Kind.SUBJECT, "mallory")
    inside = gateway.gateway
    gateway.run(inside.freezes.freeze(whom, "", inside.now(), os_user()))
    gateway.run(inside.announcements.look())

    assert (before, of(shown(gateway), "frozen")) == (0, 1)

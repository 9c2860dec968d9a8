"""What is bound to the edge of the second seat alone still judges the call there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dsl.model import Decision
from memory.keys import Scope
from tests.app.seats.passing import POLICY, at_mcp, payment, sent
from tests.harness import GatewayHarness

BINDINGS = """\
[[bind]]
policy = "inner"
edges = ["mcp"]

[[bind]]
policy = "outer"
edges = ["http"]
"""
OUTER = "policy outer version 1; rule r: allow pay;"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    harness = GatewayHarness(tmp_path, POLICY)
    yield harness
    harness.close()


def passed(gateway: GatewayHarness, inner: str, **more: Any) -> tuple[dict[str, Any], Decision]:
    """Return what both seats say, with a policy or overlay that is bound to the second alone."""
    gateway.write("inner.bar", inner)
    gateway.write("outer.bar", OUTER)
    gateway.write("bindings.toml", BINDINGS)
    gateway.reload()
    assert gateway.gateway.live.refused is None
    first = sent(gateway, payment())
    return first, at_mcp(gateway, "m1", first["seat_token"], **more)


@pytest.mark.parametrize(
    ("inner", "effect"),
    [
        ("policy inner version 1; rule r: allow pay;", "allow"),
        ("policy inner version 1; rule r: deny pay;", "deny"),
        ("policy inner version 1; rule r: allow other;", "deny"),
        ("policy inner version 1; rule r: ask pay;", "ask"),
        ("overlay inner version 1; rule r: deny other;", "allow"),
        ("overlay inner version 1; rule r: deny pay;", "deny"),
        ("overlay inner version 1; rule r: ask pay;", "ask"),
        ("policy inner version 1; rule r: allow pay when args.amount > 5;", "deny"),
        ("policy inner version 1; rule r: allow pay when count(pay) >= 1;", "deny"),
    ],
)
def test_it_decides_beside_what_the_first_seat_said(
    gateway: GatewayHarness, inner: str, effect: str
) -> None:
    """An allow of the first seat is no more than that; a pending call counts as one that may be."""
    first, second = passed(gateway, inner)

    assert (first["effect"], second.effect) == ("allow", effect)
    assert (second.first is not None) is (effect == "allow")


def test_what_is_refused_there_uses_no_token_up(gateway: GatewayHarness) -> None:
    """Once the policy is gone that refused, other policies are in force, and all is new."""
    first, second = passed(gateway, "policy inner version 1; rule r: deny pay;")
    again = at_mcp(gateway, "m1", first["seat_token"])

    assert (second.effect, again.effect) == ("deny", "deny")
    assert second.verdict.reasons[0].policy == "inner"
    assert again.verdict.reasons[0].policy == "inner"


def test_a_question_there_is_asked_there_and_the_token_goes_along(gateway: GatewayHarness) -> None:
    """Once it is approved the call passes, counted once all the same."""
    first, second = passed(gateway, "policy inner version 1; rule r: ask pay;")
    assert second.approval is not None
    boss = gateway.new_key([Scope.APPROVE], subject="boss")
    path = f"/v1/approvals/{second.approval.id}/approve"
    assert gateway.request("POST", path, boss, json={}).status_code == 200
    again = at_mcp(gateway, "m1", first["seat_token"], approval=second.approval.id)

    assert (again.effect, again.first) == ("allow", first["decision_id"])
    assert gateway.request("GET", "/v1/sessions/s1").json()["calls"] == ["c1"]


def test_where_it_changes_the_call_that_is_another_call(gateway: GatewayHarness) -> None:
    """What was counted is not what would run, so it is decided and counted anew: here, denied."""
    _, second = passed(gateway, "policy inner version 1; rule r: allow pay with set(args.note, 1);")

    assert (second.effect, second.first) == ("deny", None)


def test_one_that_only_observes_refuses_nothing(gateway: GatewayHarness) -> None:
    """It says what it would have done, and the call passes."""
    gateway.write(
        "bindings.toml",
        BINDINGS.replace('edges = ["mcp"]', 'edges = ["mcp"]\nobserve_until = 2027-06-01'),
    )
    gateway.write("inner.bar", "policy inner version 1; rule r: deny pay;")
    gateway.write("outer.bar", OUTER)
    gateway.reload()
    assert gateway.gateway.live.refused is None
    first = sent(gateway, payment())
    second = at_mcp(gateway, "m1", first["seat_token"])

    assert (second.effect, second.first) == ("allow", first["decision_id"])
    assert second.verdict.would == "deny"


def test_what_stood_in_shadow_at_the_first_seat_judges_at_the_second(
    gateway: GatewayHarness,
) -> None:
    """A look that decided nothing is no decision to take over."""
    gateway.write("inner.bar", "policy inner version 1; rule r: deny pay;")
    entry = '[[bind]]\npolicy = "inner"\nedges = ["{}"]\nrollout = "{}"\n'
    gateway.write("bindings.toml", entry.format("http", "shadow") + entry.format("mcp", "enforce"))
    gateway.reload()
    assert gateway.gateway.live.refused is None
    first = sent(gateway, payment())
    second = at_mcp(gateway, "m1", first["seat_token"])

    assert (first["effect"], first["shadow"][0]["policy"]) == ("allow", "inner")
    assert (second.effect, second.verdict.reasons[0].policy) == ("deny", "inner")


def test_what_only_observed_at_the_first_seat_and_enforces_by_now_judges_all_anew(
    gateway: GatewayHarness,
) -> None:
    """An end that came between the two seats is no way past a policy."""
    end = datetime.now(UTC) + timedelta(hours=1)
    gateway.write("inner.bar", "policy inner version 1; rule r: deny pay;")
    gateway.write(
        "bindings.toml", f'[[bind]]\npolicy = "inner"\nobserve_until = {end.isoformat()}\n'
    )
    gateway.reload()
    assert gateway.gateway.live.refused is None
    clock = [end - timedelta(seconds=5), end + timedelta(seconds=5)]
    gateway.gateway.now = lambda: clock[0]
    first = sent(gateway, payment())
    clock.pop(0)
    second = at_mcp(gateway, "m1", first["seat_token"])

    assert (first["effect"], first["reason"]) == ("allow", "observe")
    assert (second.effect, second.first) == ("deny", None)

"""Health, readiness and metrics."""

import pytest

from tests.harness import GatewayHarness, pay


def test_a_gateway_with_a_policy_and_a_log_is_ready(gateway: GatewayHarness) -> None:
    """Ready means: a policy decides, records can be written, changes are followed."""
    answer = gateway.request("GET", "/readyz")

    assert (answer.status_code, answer.json()["ready"]) == (200, True)


def test_a_stopped_log_turns_readiness_red(gateway: GatewayHarness) -> None:
    """A gateway that cannot record gets no traffic, and denies what reaches it."""
    gateway.run(gateway.gateway.log.stop())

    answer = gateway.request("GET", "/readyz")
    refused = gateway.check(pay())

    assert (answer.status_code, answer.json()["faults"]) == (503, ["log_not_writable"])
    assert (refused.status_code, refused.json()["effect"]) == (503, "deny")


def test_metrics_count_decisions_by_effect_and_reason(gateway: GatewayHarness) -> None:
    """Every answered decision is counted once, without a label that grows without bound."""
    gateway.check(pay())
    gateway.check(pay(tool="unheard_of"))

    text = gateway.request("GET", "/metrics").text

    labels = 'edge="http",effect="allow",phase="call",reason="rule"'
    assert f"drawbar_decisions_total{{{labels}}} 1.0" in text
    assert "unheard_of" not in text


def test_every_failure_has_the_problem_shape(gateway: GatewayHarness) -> None:
    """Unknown paths and wrong methods are problems too."""
    for method, path, status in (("GET", "/nowhere", 404), ("GET", "/v1/check", 405)):
        answer = gateway.request(method, path)

        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "code", "request_id"} <= set(answer.json())


@pytest.mark.parametrize(
    ("method", "path", "may"),
    [("GET", "/v1/check", "POST"), ("DELETE", "/v1/keys", "GET, POST")],
)
def test_another_method_is_told_which_there_are(
    gateway: GatewayHarness, method: str, path: str, may: str
) -> None:
    """What is asked in a way that a path does not know is told all that it knows (RFC 9110)."""
    answer = gateway.request(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, may)

"""What a gateway does, tells and keeps of calls that a policy only observes."""

import asyncio
import json
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.sending import ocsf, otlp
from app.serving.banner import banner
from memory.records.following import Chained
from tests.app.approvals.people import People
from tests.app.ui.browsing import Browser, words
from tests.harness import GatewayHarness, pay

UNTIL = (datetime.now(UTC) + timedelta(days=30)).date()
END = datetime.combine(UNTIL + timedelta(days=1), datetime.min.time(), UTC)
BIND = f'[[bind]]\npolicy = "bank"\nobserve_until = {UNTIL}\n'
POLICY = """\
policy bank version 1;
rule small: allow pay when args.amount <= 100;
rule large: ask pay when args.amount > 100 because "large payments need a person";
rule twice: deny again when count(again) >= 1;
rule some: allow again;
rule never: deny erase reply "Nothing is erased here." final;
rule secret on result: deny look when result contains "secret";
rule looks: allow look;
"""
NEVER = {"call_id": "c9", "tool": "erase", "args": {}}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    """Return a gateway whose one policy only observes."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "bindings.toml").write_text(BIND)
    harness = GatewayHarness(tmp_path, POLICY)
    yield harness
    harness.close()


def test_what_would_be_denied_passes_and_says_so(gateway: GatewayHarness) -> None:
    """The answer is allow, `observe`, with the effect, the rule and the time; so is the record."""
    said = gateway.check(NEVER).json()

    assert (said["effect"], said["reason"], said["would"]) == ("allow", "observe", "deny")
    assert datetime.fromisoformat(said["observe_until"]) == END
    assert [(one["rule"], one["effect"]) for one in said["reasons"]] == [("never", "deny")]
    assert "Nothing is erased" not in said["message"]

    (record,) = gateway.records()
    assert (record.effect, record.would, record.rule) == ("allow", "deny", "bank/never")
    assert datetime.fromisoformat(record.observe_until) == END
    read = gateway.request("GET", f"/v1/decisions/{record.id}").json()
    assert (read["would"], datetime.fromisoformat(read["observe_until"])) == ("deny", END)


def test_what_is_allowed_anyway_says_nothing_of_it(gateway: GatewayHarness) -> None:
    """Where the policy lets a call through, the answer is the ordinary one."""
    said = gateway.check(pay()).json()

    assert (said["effect"], said["reason"], said["would"]) == ("allow", "rule", None)
    assert said["observe_until"] is None


def test_what_would_be_asked_makes_no_approval(gateway: GatewayHarness) -> None:
    """Nobody is asked, and nothing waits for anybody."""
    said = gateway.check(pay(args={"amount": 500})).json()

    assert (said["effect"], said["would"], said["approval"]) == ("allow", "ask", None)
    assert gateway.request("GET", "/v1/approvals").json()["approvals"] == []


def test_an_invalid_request_is_refused_all_the_same(gateway: GatewayHarness) -> None:
    """Common faults deny whatever is observed."""
    twice = b'{"call_id": "c", "tool": "erase", "args": {"a": 1, "a": 2}}'

    assert gateway.check_bytes(twice, Authorization=f"Bearer {gateway.key}").status_code == 422


def test_a_call_that_passed_counts_as_let_through(gateway: GatewayHarness) -> None:
    """History holds what was allowed, so what would be said later is said of what happened."""
    told = {"session": "s", "subject": {"id": "u"}}
    first = gateway.check({"call_id": "1", "tool": "again", "args": {}, **told}).json()
    second = gateway.check({"call_id": "2", "tool": "again", "args": {}, **told}).json()

    assert (first["effect"], first["would"]) == ("allow", None)
    assert (second["effect"], second["would"]) == ("allow", "deny")


def test_a_result_is_shown_and_what_would_withhold_it_is_recorded(gateway: GatewayHarness) -> None:
    """On results and replies too an observing policy withholds nothing."""
    told = {"session": "s", "subject": {"id": "u"}}
    gateway.check({"call_id": "1", "tool": "look", "args": {}, **told})
    event = {"type": "result", "id": "e1", "call_id": "1", "result": "a secret"}
    (seen,) = gateway.request("POST", "/v1/observe", json={**told, "events": [event]}).json()[
        "events"
    ]

    assert (seen["effect"], seen["reason"], seen["changed"]) == ("allow", "observe", None)
    record = gateway.records()[0]
    assert (record.phase, record.effect, record.would) == ("result", "allow", "deny")


def test_observed_decisions_can_be_found_and_are_counted(gateway: GatewayHarness) -> None:
    """A filter finds them, and a metric counts them by policy."""
    gateway.check(pay())
    gateway.check(NEVER)
    gateway.check(pay(call_id="c2", args={"amount": 500}))
    found = gateway.request("GET", "/v1/decisions?would=deny").json()["decisions"]
    metrics = gateway.request("GET", "/metrics").text

    assert [one["tool"] for one in found] == ["erase"]
    assert 'drawbar_observed_total{policy="bank",would="deny"} 1.0' in metrics
    assert 'drawbar_observed_total{policy="bank",would="ask"} 1.0' in metrics


def test_it_is_told_wherever_somebody_looks(tmp_path: Path) -> None:
    """The log at each load, readiness, a metric, and the page of approvals say it until its end."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "bindings.toml").write_text(BIND)
    with capture_logs() as logs:
        people = People(tmp_path, POLICY)
    gateway, browser = people.gateway, Browser(people)
    people.at = END - timedelta(minutes=1)
    try:
        ready = gateway.request("GET", "/readyz").json()
        metrics = gateway.request("GET", "/metrics").text
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            told_at_start = banner(gateway.gateway, listening, None)
        browser.sign_in()
        page = words(browser.get())
        people.at = END
        with capture_logs() as later:
            gateway.gateway.reminding.remind()
            gateway.gateway.reminding.remind()
        after = gateway.request("GET", "/readyz").json()
        ended = words(browser.get())
    finally:
        browser.close()
        gateway.close()

    told = [one for one in logs if "only observes" in one["event"]]
    assert [(one["log_level"], one["policy"]) for one in told] == [("warning", "bank")]
    assert [one["policy"] for one in ready["observing"]] == ["bank"]
    stamp = re.search(
        r'^drawbar_observe_until_timestamp_seconds\{policy="bank"\} (\S+)$', metrics, re.MULTILINE
    )
    assert stamp is not None
    assert float(stamp.group(1)) == END.timestamp()
    assert f"the policy `bank` only observes until {END:%Y-%m-%d} 00:00 UTC" in page
    assert "Observing: the policy `bank` only observes until" in told_at_start
    assert [one["event"] for one in later] == ["a policy enforces, its end is over"]
    assert after["observing"] == []
    assert "observes" not in ended
    assert "Nobody is asked anything." in ended


def test_it_is_said_again_and_again(gateway: GatewayHarness) -> None:
    """Once an hour, here more often, the log says what is open by intent."""

    async def a_while() -> int:
        with capture_logs() as logs:
            async with gateway.gateway.reminding.running(0.01):
                async with asyncio.timeout(20):
                    # A log has no event that a test could wait for.
                    while sum("only observes" in one["event"] for one in logs) < 2:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
        return len(logs)

    assert gateway.run(a_while()) >= 2


def test_after_the_time_the_policy_enforces_by_itself(tmp_path: Path) -> None:
    """The clock decides at each call: nothing is reloaded."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "bindings.toml").write_text(BIND)
    gateway = GatewayHarness(tmp_path, POLICY)
    try:
        before = gateway.check(NEVER).json()
        gateway.gateway.now = lambda: END
        after = gateway.check({**NEVER, "call_id": "c10"}).json()
    finally:
        gateway.close()

    assert (before["effect"], after["effect"], after["reason"]) == ("allow", "deny", "rule")
    assert before["revision"] == after["revision"]


def test_a_fault_while_judging_denies_also_what_is_observed(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That nothing enforces is no reason to let through what could not be judged."""

    def broken(*_: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr("app.engine.evaluate", broken)
    said = gateway.check(pay()).json()

    assert (said["effect"], said["reason"], said["would"]) == ("deny", "fault", None)


def test_what_leaves_the_gateway_says_what_would_have_been(gateway: GatewayHarness) -> None:
    """JSON lines, OCSF and OTLP carry the effect that was not enforced; plain records do not."""
    gateway.check(pay())
    gateway.check(NEVER)
    told = [json.loads(one.content()) for one in gateway.records()]
    one = Chained("w", 1, "h", "decision", "default", gateway.records()[0].content())
    log = otlp.request([one])["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]

    assert [each.get("would") for each in told] == ["deny", None]
    assert "observe_until" not in told[1]
    assert ocsf.event(told[0])["unmapped"]["would"] == "deny"
    assert ocsf.event(told[0])["action"] == "Allowed"
    assert {"key": "drawbar.decision.would", "value": {"stringValue": "deny"}} in log["attributes"]


def test_rules_of_a_session_enforce_beside_a_policy_that_observes(gateway: GatewayHarness) -> None:
    """Whoever narrows a session is not on trial."""
    subject = {"subject": {"id": "u"}}
    gateway.check(pay(session="s", **subject))
    overlay = "overlay mine version 1; rule no: deny pay when args.amount > 50;"
    put = gateway.request("PUT", "/v1/sessions/s/overlay", json={**subject, "text": overlay})
    said = gateway.check(pay(call_id="c2", session="s", args={"amount": 60}, **subject)).json()

    assert put.status_code == 200, put.text
    assert (said["effect"], said["reasons"][0]["policy"]) == ("deny", "session/mine")

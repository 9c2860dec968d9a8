"""Over HTTP: what a session had as labels is known to be had until the host opens another one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.harness import GatewayHarness

POLICY = """\
policy office version 1;
label read_file as secret;
rule work: allow read_file, send_mail;
rule kept: deny send_mail when session has secret reply "The secret stays.";
rule careful: ask send_mail when session has other;
"""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    opened = GatewayHarness(tmp_path, POLICY, session_idle_s=3600)
    yield opened
    opened.close()


def check(gateway: GatewayHarness, call_id: str, tool: str, session: str | None) -> dict[str, Any]:
    body = {
        "call_id": call_id,
        "tool": tool,
        "args": {},
        "subject": {"id": "ada"},
        "agent": {"id": "clerk"},
    }
    if session is not None:
        body["session"] = session
    answer: dict[str, Any] = gateway.check(body).json()
    return answer


def later(gateway: GatewayHarness, hours: float) -> None:
    real = gateway.gateway.now
    gateway.gateway.now = lambda: real() + timedelta(hours=hours)


def reasons(answer: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(one["rule"], one.get("cause")) for one in answer["reasons"]]


@pytest.mark.parametrize("session", ["s1", None])
def test_a_label_is_known_after_the_session_is_over(
    gateway: GatewayHarness, session: str | None
) -> None:
    """Of the expired one and of none: the rule applies by true, and not by what nobody knows."""
    assert check(gateway, "c1", "read_file", "s1")["effect"] == "allow"
    later(gateway, 2)

    answer = check(gateway, "c2", "send_mail", session)

    assert (answer["effect"], reasons(answer)) == ("deny", [("kept", None)])


def test_it_is_gone_once_the_host_opens_another_session(gateway: GatewayHarness) -> None:
    """`POST /v1/sessions` is enough; then the old one is unknown, and the new one has nothing."""
    check(gateway, "c1", "read_file", "s1")
    later(gateway, 2)
    fresh = {"subject": {"id": "ada"}, "agent": {"id": "clerk"}, "session": "s2"}
    opened = gateway.request("POST", "/v1/sessions", json=fresh)

    assert opened.status_code == 200, opened.text
    assert check(gateway, "c2", "send_mail", "s2")["effect"] == "allow"
    for session, cause in (("s1", "session_expired"), (None, "no_state")):
        assert reasons(check(gateway, "c3", "send_mail", session))[0] == ("kept", cause)


def test_it_follows_through_a_restart(tmp_path: Path) -> None:
    """What was stored is looked up again."""
    first = GatewayHarness(tmp_path, POLICY, session_idle_s=3600)
    check(first, "c1", "read_file", "s1")
    key = first.key
    first.close()
    second = GatewayHarness(tmp_path, POLICY, session_idle_s=3600)
    second.key = key
    later(second, 2)

    assert reasons(check(second, "c2", "send_mail", None)) == [("kept", None)]
    second.close()


def test_nobody_else_has_it(gateway: GatewayHarness) -> None:
    """Another subject begins with what nobody knows, and a session of it with nothing."""
    check(gateway, "c1", "read_file", "s1")
    later(gateway, 2)
    body = {"call_id": "b1", "tool": "send_mail", "args": {}, "subject": {"id": "bob"}}

    assert reasons(gateway.check({**body, "agent": {"id": "clerk"}}).json())[0] == (
        "kept",
        "no_state",
    )
    assert gateway.check({**body, "call_id": "b2", "session": "s9"}).json()["effect"] == "allow"

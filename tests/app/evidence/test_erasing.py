"""What was erased is gone from sessions too, and nobody else notices."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from memory.evidence.vault import FRESH_S
from tests.e2e.test_shared_sessions import Pair
from tests.harness import ALL_SCOPES, GatewayHarness
from tests.memory.conftest import new_database

POLICY: Final = """\
policy bank version 1;
source read as untrusted;
rule reads: allow read;
rule pays: allow pay when args.to from user;
rule limit: deny note when count(note within 1d per subject) >= 2;
rule of_all: deny tell when count(tell within 1d per tenant) >= 5;
rule notes: allow note, tell;
"""


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    opened = GatewayHarness(tmp_path, POLICY)
    yield opened
    opened.close()


def say(gateway: GatewayHarness, text: str, subject: str, session: str, event: str = "u1") -> Any:
    body = {
        "session": session,
        "subject": {"id": subject},
        "events": [{"type": "user", "id": event, "text": text}],
    }
    return gateway.request("POST", "/v1/observe", json=body)


def ask(
    gateway: GatewayHarness, tool: str, subject: str, session: str | None, call: str, **args: Any
) -> Any:
    body = {"call_id": call, "tool": tool, "args": args, "subject": {"id": subject}}
    return gateway.check(body if session is None else {**body, "session": session}).json()


def erase(gateway: GatewayHarness, subject: str | None) -> None:
    gateway.run(gateway.gateway.keeper.vault.destroy("default", subject, who="tester"))


def test_an_erased_session_is_denied_and_others_are_not(gateway: GatewayHarness) -> None:
    """Also where it is in memory; a new session of the same subject knows nothing, and works."""
    for subject, session in (("ada", "a1"), ("bob", "b1")):
        say(gateway, "Pay DE89", subject, session)
        assert ask(gateway, "pay", subject, session, "c1", to="DE89")["effect"] == "allow"
    erase(gateway, "ada")

    denied = ask(gateway, "pay", "ada", "a1", "c2", to="DE89")
    assert (denied["effect"], denied["reason"]) == ("deny", "fault")
    assert say(gateway, "hello", "ada", "a1", "u2").status_code == 503
    assert ask(gateway, "pay", "bob", "b1", "c2", to="DE89")["effect"] == "allow"
    assert ask(gateway, "pay", "ada", "a2", "c3", to="DE89")["effect"] == "deny"
    say(gateway, "Pay DE89", "ada", "a2")
    assert ask(gateway, "pay", "ada", "a2", "c4", to="DE89")["effect"] == "allow"


def test_an_erased_tenant_has_no_session_left(gateway: GatewayHarness) -> None:
    """Each is denied, whosever it was."""
    for subject, session in (("ada", "a1"), ("bob", "b1")):
        say(gateway, "Pay DE89", subject, session)
    erase(gateway, None)

    for subject, session in (("ada", "a1"), ("bob", "b1")):
        assert ask(gateway, "pay", subject, session, "c1", to="DE89")["reason"] == "fault"


def test_another_tenant_is_not_touched(gateway: GatewayHarness, tmp_path: Path) -> None:
    """Its keys are its own."""
    vault = gateway.gateway.keeper.vault
    sealed = gateway.run(vault.key("other", "ada")).seal(b"w", "p")
    erase(gateway, None)

    assert gateway.run(vault.key("other", "ada")).open(sealed, "p") == b"w"


def test_calls_that_were_erased_are_not_counted_as_none(gateway: GatewayHarness) -> None:
    """A limit is not reset by an erasure: what it counts by is unknown until the window passed."""
    assert ask(gateway, "note", "ada", None, "n1")["effect"] == "allow"
    assert ask(gateway, "tell", "bob", None, "t1")["effect"] == "allow"
    assert ask(gateway, "tell", "ada", None, "t2")["effect"] == "allow"
    erase(gateway, "ada")

    for tool, subject in (("note", "ada"), ("tell", "bob"), ("tell", "bob")):
        denied = ask(gateway, tool, subject, None, f"{tool}-{subject}")
        assert (denied["effect"], denied["reasons"][0]["cause"]) == ("deny", "unreadable")
    assert ask(gateway, "note", "bob", None, "n2")["effect"] == "allow"
    assert ask(gateway, "read", "ada", None, "r1")["effect"] == "allow"


def test_records_stand_after_an_erasure(gateway: GatewayHarness) -> None:
    """They hold no value, and are read as before."""
    ask(gateway, "read", "ada", "a1", "c1", path="x")
    before = gateway.records()
    erase(gateway, None)

    assert gateway.records() == before


def test_a_restart_after_an_erasure_is_no_fault(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What happened last was erased, and that is not a wrong key."""
    first = GatewayHarness(tmp_path, POLICY)
    say(first, "hello", "ada", "a1")
    erase(first, "ada")
    first.close()
    second = GatewayHarness(tmp_path, POLICY)
    second.key = second.new_key(ALL_SCOPES)
    assert ask(second, "read", "ada", "a2", "c1")["effect"] == "allow"
    second.close()

    printed = capfd.readouterr()
    assert "digest.key" not in printed.out + printed.err


def test_the_other_gateway_lets_go_of_what_it_knows(postgres: Any, tmp_path: Path) -> None:
    """Erased at one, a session that another one has in memory is denied there as well."""
    pair = Pair(new_database(postgres), tmp_path)
    try:
        pair.one.write("bank.bar", POLICY)
        pair.one.reload()
        pair.two.write("bank.bar", POLICY)
        pair.two.reload()
        say(pair.two, "Pay DE89", "ada", "a1")
        assert ask(pair.two, "pay", "ada", "a1", "c1", to="DE89")["effect"] == "allow"
        erase(pair.one, "ada")
        vault = pair.two.gateway.keeper.vault
        assert vault._looked_at is not None
        vault._looked_at -= FRESH_S

        assert ask(pair.two, "pay", "ada", "a1", "c2", to="DE89")["reason"] == "fault"
        assert ask(pair.two, "read", "ada", "a2", "c3")["effect"] == "allow"
        assert ask(pair.one, "pay", "ada", "a2", "c4", to="DE89")["effect"] == "deny"
    finally:
        pair.close()

"""`drawbar evidence`: opens and erases, and writes down who did."""

import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command import drawbar
from tests.harness import GatewayHarness, pay

SECRET = "canary-c11"


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayHarness]:
    opened = GatewayHarness(tmp_path)
    yield opened
    opened.close()


def evidence(gateway: GatewayHarness, *arguments: str) -> Any:
    folder = gateway.settings.data
    gateway.rest()
    return drawbar("evidence", *arguments, "--data", folder, cwd=folder.parent)


def decided(gateway: GatewayHarness, subject: str) -> str:
    """Have something decided for a subject; return its id."""
    body = pay(args={"amount": 5, "to": f"{SECRET}-{subject}"}, subject={"id": subject})
    return str(gateway.check(body).json()["decision_id"])


def test_what_is_kept_is_shown_and_who_looked_is_written_down(gateway: GatewayHarness) -> None:
    """The arguments in full, beside a running gateway; the note stands in the log."""
    decision = decided(gateway, "ada")
    shown = evidence(gateway, "show", decision, "--note", "a complaint")

    assert (shown.returncode, shown.stderr) == (0, "")
    assert f'arguments  {{"args":{{"amount":5,"to":"{SECRET}-ada"}}}}' in shown.stdout
    told = evidence(gateway, "log").stdout
    assert f"looked  decision {decision}  by " in told
    assert "(a complaint)" in told
    assert "@" in json.loads(evidence(gateway, "log", "--format", "json").stdout)[0]["who"]


def test_nobody_looks_in_anothers_name(
    gateway: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who looked is the machine's user, whatever the environment says."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "eve-of-nowhere")
    evidence(gateway, "show", decided(gateway, "ada"))
    (line,) = json.loads(evidence(gateway, "log", "--format", "json").stdout)

    assert line["who"].partition("@")[0] == pwd.getpwuid(os.getuid()).pw_name


def test_one_subject_is_erased(gateway: GatewayHarness) -> None:
    """It is gone from then on, another's is not, and the record stays."""
    ada, bob = decided(gateway, "ada"), decided(gateway, "bob")
    erased = evidence(gateway, "erase", "--tenant", "default", "--subject", "ada", "--yes")

    assert erased.returncode == 0
    assert erased.stdout.startswith("erased the evidence of `ada` of tenant `default` (1 keys)\n")
    assert "gone: the key was destroyed" in evidence(gateway, "show", ada).stdout
    assert f"{SECRET}-bob" in evidence(gateway, "show", bob).stdout
    assert {record.id for record in gateway.records()} == {ada, bob}
    assert "erased  of `ada` of tenant `default`  by " in evidence(gateway, "log").stdout


def test_a_tenant_is_erased(gateway: GatewayHarness) -> None:
    """Nothing of any of its subjects opens again."""
    decisions = [decided(gateway, name) for name in ("ada", "bob")]
    erased = evidence(gateway, "erase", "--tenant", "default", "--yes", "--note", "contract ended")

    assert erased.returncode == 0
    for decision in decisions:
        shown = evidence(gateway, "show", decision).stdout
        assert "gone" in shown
        assert SECRET not in shown


def test_nothing_is_erased_without_a_yes(gateway: GatewayHarness) -> None:
    """It is said what would be lost, and nothing is done."""
    decision = decided(gateway, "ada")
    run = evidence(gateway, "erase", "--tenant", "default")

    assert run.returncode == 2
    assert "of tenant `default` would be lost for good" in run.stderr
    assert SECRET in evidence(gateway, "show", decision).stdout


def test_who_is_not_there_is_said(gateway: GatewayHarness) -> None:
    """Neither a decision nor a subject is made up; an empty name is a mistake."""
    run = evidence(gateway, "show", "d_nothing")
    assert (run.returncode, run.stderr) == (1, "drawbar: there is no decision `d_nothing`\n")
    run = evidence(gateway, "erase", "--tenant", "default", "--subject", "nobody", "--yes")
    assert run.stdout.startswith("there was no key of `nobody`")
    run = evidence(gateway, "erase", "--tenant", "default", "--subject", "", "--yes")
    assert run.returncode == 2


def test_without_its_key_file_nothing_is_opened_or_made(
    gateway: GatewayHarness, tmp_path: Path
) -> None:
    """A command that lacks the key says so, and puts no new one in its place."""
    decision = decided(gateway, "ada")
    key = gateway.settings.data / "digest.key"
    key.rename(tmp_path / "moved")
    run = evidence(gateway, "show", decision)

    assert (run.returncode, run.stdout) == (1, "")
    assert "digest.key` cannot be used: no such file" in run.stderr
    assert not key.exists()

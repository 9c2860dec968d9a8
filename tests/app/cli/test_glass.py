"""`drawbar break-glass`, over the API and beside the store."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli
from app.doctor import running
from tests.app.glass.breaking import Breaking, at_hand


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Breaking]:
    found = Breaking(tmp_path)
    at_hand(monkeypatch, found)
    yield found
    found.gateway.close()


def run(office: Breaking, *arguments: str, key: str | None = None) -> Result:
    """Run a command with somebody's key, or beside the store where nobody is named."""
    where = ["--data", str(office.gateway.settings.data)] if key is None else []
    env = {"DRAWBAR_KEY": key, "DRAWBAR_URL": None if key is None else "http://gateway"}
    return CliRunner().invoke(cli, ["break-glass", *arguments, *where], env=env)


ASK = ("ask", "bank", "--for", "2h", "--reason", "the list is gone")


def test_it_is_asked_confirmed_listed_and_ended(office: Breaking) -> None:
    """What is printed can be pasted; each step says what holds then."""
    asked = run(office, *ASK, key=office.ada).stdout
    _, name, digest = asked.strip().rpartition("drawbar break-glass ")[2].split()
    waits = run(office, "list", key=office.bob).stdout
    refused = run(office, "confirm", name, digest, key=office.ada)
    confirmed = run(office, "confirm", name, digest, key=office.bob)
    assert office.said() == "allow rule"
    near = run(office, "list").stdout
    ended = run(office, "end", name, key=office.bob)
    again = run(office, "end", name, key=office.bob)

    assert "relief in place of bank until" in asked
    assert f"digest {digest}" in waits
    assert any(line.startswith("  asked by ada") for line in waits.splitlines())
    assert "cannot confirm it" in str(refused.exception)
    assert confirmed.exit_code == 0
    assert f"{name}  broken" in confirmed.stdout
    assert "confirmed by bob" in near
    assert (ended.exit_code, again.exit_code) == (0, 1)
    assert office.said() == "ask rule"
    assert run(office, "list", "--format", "json", key=office.ada).stdout.count("ended_by") == 1


def test_it_ends_beside_the_store_and_other_gateways_hear_of_it(office: Breaking) -> None:
    """An emergency of the emergency needs no gateway; who did it stands in the chain."""
    name = office.broken()
    assert run(office, "end", name).exit_code == 0
    office.gateway.run(office.gateway.gateway.announcements.look())
    (listed,) = json.loads(run(office, "list", "--format", "json").stdout)

    assert office.said() == "ask rule"
    assert (listed["state"], listed["id"]) == ("ended", name)
    assert office.acts()[0]["by"] == "os_user"
    assert "nothing waits or is broken" in str(run(office, "end", name).exception)
    assert "there is no such glass" in str(run(office, "end", "gls_0").exception)


def test_nothing_is_asked_or_confirmed_without_a_key(office: Breaking) -> None:
    """Two users of one machine are no two people, so there is no way beside the store."""
    for arguments in (ASK, ("confirm", "gls_1", "sha256:0")):
        ran = CliRunner().invoke(cli, ["break-glass", *arguments], env={"DRAWBAR_KEY": None})
        assert ran.exit_code == 2
        assert "DRAWBAR_KEY" in ran.stderr
    assert (
        run(office, "ask", "bank", "--for", "soon", "--reason", "x", key=office.ada).exit_code == 2
    )
    assert run(office, "list").stdout == "no glass was ever broken\n"


def test_doctor_report_and_explain_tell_of_it(office: Breaking) -> None:
    """What stands by is a note, and what was decided while it judged is counted."""
    name = office.broken()
    office.said()
    folders = ["--policies", str(office.gateway.policies)]
    data = ["--data", str(office.gateway.settings.data)]
    doctor = CliRunner().invoke(
        cli, ["doctor", "--json", "--url", "http://127.0.0.1:1", *folders, *data]
    )
    report = CliRunner().invoke(cli, ["report", *folders, *data])
    explain = CliRunner().invoke(cli, ["explain", "--policy", str(office.gateway.policies)])
    told = [{"policy": "bank", "stand_in": "relief", "until": "2026-03-06T20:10:00Z"}]
    (broken,) = running._broken(told)
    checks = {(one["name"], one["level"]) for one in json.loads(doctor.stdout)["checks"]}

    assert ("stands_by", "note") in checks
    assert (broken.name, broken.level) == ("glass_broken", "finding")
    assert list(running._broken(None)) == []
    assert "`relief` has judged nothing" not in doctor.stdout
    assert f"`drawbar decisions --glass {name}`" not in doctor.stdout
    assert f"1  decisions, `drawbar decisions --glass {name}`" in report.stdout
    for said in (doctor, report, explain):
        assert "stands by: it judges nothing until glass is broken" in said.stdout

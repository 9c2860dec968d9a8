"""`drawbar lint` looks at the bindings of the folders it is given."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli

POLICY = """policy a version 1;
default deny;
rule r: allow pay;
test "it pays" { call pay(); expect allow by r; }
"""
SOON = (datetime.now(UTC) + timedelta(days=5)).date()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.bar").write_text(POLICY)
    return tmp_path


def lint(folder: Path, text: str, *arguments: str) -> Result:
    (folder / "bindings.toml").write_text(text)
    return CliRunner().invoke(cli, ["lint", str(folder), *arguments])


def test_a_binding_that_observes_is_a_warning_at_its_place(folder: Path) -> None:
    """Whoever lints the folder learns that it refuses nothing yet, and what to do about it."""
    text = f'# observe_until = never\n[[bind]]\npolicy = "a"\nobserve_until = {SOON} # trial\n'
    said = lint(folder, text)
    strict = lint(folder, text, "--strict")
    (found,) = json.loads(lint(folder, text, "--format", "json").stdout)["findings"]

    assert "bindings.toml:4:1: warning observed: the policy `a` only observes until" in said.stdout
    assert "`drawbar enforce a` lets it enforce" in said.stdout
    assert (said.exit_code, strict.exit_code) == (0, 3)
    assert (found["code"], found["line"], found["end_column"]) == ("observed", 4, 27)
    for form in ("github", "sarif"):
        assert "only observes until" in lint(folder, text, "--format", form).stdout


def test_a_binding_whose_time_came_is_told_as_such(folder: Path) -> None:
    """It changes nothing any more, and may go."""
    said = lint(folder, '[[bind]]\npolicy = "a"\nobserve_until = 2026-01-31\n')

    assert "info observed: the policy `a` enforces since 2026-02-01 00:00 UTC" in said.stdout
    assert said.exit_code == 0


@pytest.mark.parametrize("text", ['[[bind]]\npolicy = "b"\n', "bind = 3", "["])
def test_bindings_that_cannot_be_read_fail(folder: Path, text: str) -> None:
    """What the gateway would refuse, the linter refuses too."""
    said = lint(folder, text)

    assert said.exit_code == 1
    assert "bindings.toml" in str(said.exception)


def test_what_stands_in_shadow_is_a_warning_at_its_place(folder: Path) -> None:
    """So is a canary; one that says that it enforces is none."""
    text = '[[bind]]\npolicy = "a"\nagents = ["x"]\nrollout = "enforce"\n[[bind]]\npolicy = "a"\n'
    said = lint(folder, text + 'rollout = "shadow"\n').stdout
    canary = lint(folder, text + 'rollout = "canary"\npercent = 5\n')

    assert "bindings.toml:7:1: warning in_shadow: the policy `a` stands in shadow" in said
    assert "the policy `a` enforces for 5% of sessions" in canary.stdout
    assert said.count("warning in_shadow") == 1

"""`drawbar check` decides as the gateway's HTTP edge, whatever the folder binds."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner

from app.cli.main import cli

SOON = (datetime.now(UTC) + timedelta(days=5)).date()


def check(folder: Path, *more: str) -> tuple[int, str]:
    call = '{"tool": "pay", "args": {}}'
    said = CliRunner().invoke(cli, ["check", "--policy", str(folder), "--call", call, *more])
    return said.exit_code, said.stdout


def test_a_policy_that_observes_lets_through_and_says_so(tmp_path: Path) -> None:
    """The effect is that of the gateway, with what would be and from when on."""
    (tmp_path / "a.bar").write_text("policy a version 1; rule r: deny pay;")
    (tmp_path / "bindings.toml").write_text(f'[[bind]]\npolicy = "a"\nobserve_until = {SOON}\n')
    code, text = check(tmp_path)
    told = json.loads(check(tmp_path, "--format", "json")[1])

    assert code == 0
    assert f"would     deny from {SOON + timedelta(days=1)} 00:00 UTC on" in text
    assert (told["effect"], told["reason"], told["would"]) == ("allow", "observe", "deny")
    assert check(tmp_path / "a.bar")[0] == 4  # a file alone enforces
    assert check(tmp_path, "--now", f"{SOON + timedelta(days=1)}T00:00")[0] == 4


def test_a_policy_of_another_edge_does_not_judge(tmp_path: Path) -> None:
    """Where no policy is bound to the HTTP edge, everything is denied there."""
    (tmp_path / "a.bar").write_text("policy a version 1; rule r: allow pay;")
    (tmp_path / "bindings.toml").write_text('[[bind]]\npolicy = "a"\nedges = ["mcp"]\n')

    assert check(tmp_path)[0] == 4


def test_explain_says_where_a_policy_is_not_enforced(tmp_path: Path) -> None:
    """What is explained is the policy; that it only observes stands below it."""
    (tmp_path / "a.bar").write_text("policy a version 1; rule r: deny pay;")
    text = f'[[bind]]\npolicy = "a"\nedges = ["http"]\nobserve_until = {SOON}\n'
    (tmp_path / "bindings.toml").write_text(text)
    said = CliRunner().invoke(cli, ["explain", "--policy", str(tmp_path)]).stdout
    alone = CliRunner().invoke(cli, ["explain", "--policy", str(tmp_path / "a.bar")]).stdout

    assert "  it judges at http alone\n  it only observes until" in said
    assert "it only observes" not in alone

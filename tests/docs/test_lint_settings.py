"""The page on mending and levels tells the truth."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.levels import read
from app.cli.lint import lint
from dsl.lint.registry import LINT_RULES

PAGE = (Path(__file__).parents[2] / "docs" / "lint-settings.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.partition("#")[0].strip()
    for kind, text in BLOCKS
    if kind == "sh"
    for line in text.splitlines()
]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_runs(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page tells to type is a command that runs."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "p.bar").write_text("policy p version 1;\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    program, first, *arguments = shlex.split(command)

    assert (program, first) == ("drawbar", "lint")
    assert CliRunner().invoke(lint, arguments).exit_code == 0


def test_the_levels_are_taken(tmp_path: Path) -> None:
    """The settings that the page shows can be used as they stand."""
    (text,) = (text for kind, text in BLOCKS if kind == "toml")
    file = tmp_path / "drawbar.toml"
    file.write_text(text, "utf-8")

    assert read(file).by_code == {"BAR404": "error", "BAR602": "off"}


def test_the_suppression_suppresses(tmp_path: Path) -> None:
    """The policy that the page shows has no finding."""
    (text,) = (text for kind, text in BLOCKS if kind == "bar")
    file = tmp_path / "p.bar"
    file.write_text(text, "utf-8")

    assert CliRunner().invoke(lint, ["--strict", str(file)]).exit_code == 0


def test_each_code_of_the_page_exists() -> None:
    """No code is named that no lint rule has."""
    assert set(re.findall(r"BAR\d{3}", PAGE)) <= {rule.code for rule, _ in LINT_RULES}

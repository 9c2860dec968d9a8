"""How commands are told where a gateway is, and with which key: the same way for all of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from app.cli import reaching
from app.cli.main import cli
from app.docs.over_api import COMMANDS, NONE
from app.openapi.names import NAMES
from app.settings import load
from dsl.errors import DrawbarError


def commands(group: click.Command, name: str = "drawbar") -> Iterator[tuple[str, click.Command]]:
    if not isinstance(group, click.Group):
        yield name, group
        return
    context = click.Context(group)
    for one in group.list_commands(context):
        found = group.get_command(context, one)
        assert found is not None
        yield from commands(found, f"{name} {one}")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return what gateways are asked at, and by which key; none is reached."""
    found: list[tuple[str, str]] = []

    def noted(url: str, key: str) -> Any:
        found.append((url, key))
        raise DrawbarError("nobody is there")

    monkeypatch.setattr(reaching, "Api", noted)
    for name in ("DRAWBAR_KEY", "DRAWBAR_KEY_FILE", "DRAWBAR_URL"):
        monkeypatch.delenv(name, raising=False)
    return found


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(cli, arguments, env=environment)


def test_no_command_needs_a_key_that_everybody_can_see() -> None:
    """Wherever a key may be typed, a variable and a file do as well."""
    options = {
        name: {opt: one for one in command.params for opt in one.opts}
        for name, command in commands(cli)
    }
    asking = {
        name: found for name, found in options.items() if "--url" in found and "--key" in found
    }

    assert len(asking) > 20
    for name, found in asking.items():
        key, file = found["--key"], found.get("--key-file")
        assert key.envvar == "DRAWBAR_KEY", name
        assert file is not None, name
        assert file.envvar == "DRAWBAR_KEY_FILE", name


@pytest.mark.parametrize("command", ["approvals list", "policy list", "decisions --url http://a"])
def test_a_key_is_read_from_a_file(
    command: str, asked: list[tuple[str, str]], tmp_path: Path
) -> None:
    """By the option or its variable; a key that is typed counts more than a variable."""
    (tmp_path / "key").write_text("drw_file\n", "utf-8")
    words, file = command.split(), str(tmp_path / "key")

    run(*words, "--key-file", file)
    run(*words, DRAWBAR_KEY_FILE=file, DRAWBAR_KEY="drw_variable")
    run(*words, "--key", "drw_typed", DRAWBAR_KEY_FILE=file)
    run(*words, DRAWBAR_KEY="drw_variable")

    assert [key for _, key in asked] == ["drw_file", "drw_file", "drw_typed", "drw_variable"]


@pytest.mark.parametrize("command", ["approvals list", "policy list", "decisions --url http://a"])
def test_without_a_key_all_ways_to_give_one_are_told(
    command: str, asked: list[tuple[str, str]], tmp_path: Path
) -> None:
    """No key is a mistake in how the command is used; a file that is not there is said to be."""
    none = run(*command.split())
    gone = run(*command.split(), "--key-file", str(tmp_path / "none"))

    assert none.exit_code == 2
    assert "DRAWBAR_KEY, --key-file or --key" in none.output
    assert "the file of the key cannot be read" in str(gone.exception)
    assert asked == []


def test_the_variable_of_the_file_is_no_misspelt_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may stand in a shell from which a gateway is started, too."""
    monkeypatch.setenv("DRAWBAR_KEY_FILE", "operator.key")

    assert load({}).port == 8484


def test_every_operation_of_the_api_has_a_command_or_a_reason_for_none() -> None:
    """What people do over HTTP they do by a command from afar, too."""
    known = set(NAMES.values())
    options = {
        name.removeprefix("drawbar "): {opt for one in command.params for opt in one.opts}
        for name, command in commands(cli)
    }
    hint = "add a row to app/docs/over_api.py, and `--url` to the command (app/cli/far.py)"

    assert known - set(COMMANDS) - set(NONE) == set(), hint
    assert (set(COMMANDS) | set(NONE)) - known == set()
    assert set(COMMANDS) & set(NONE) == set()
    for name, found in COMMANDS.items():
        for one in found:
            assert {"--url", "--key", "--key-file"} <= options.get(one, set()), f"{name}: {one}"


def test_every_command_from_afar_stands_in_the_list() -> None:
    """No command asks a gateway without the page saying so."""
    listed = {one for found in COMMANDS.values() for one in found}
    asking = {
        name.removeprefix("drawbar ")
        for name, command in commands(cli)
        if {"--url", "--key-file"} <= {opt for one in command.params for opt in one.opts}
    }

    assert asking - listed <= {"mcp wrap", "doctor"}

"""The client's own file: servers go through Drawbar only when told to, and back again."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli
from app.init import config
from app.init.asking import by_command
from dsl.errors import DrawbarError
from tests.app.init.drafting import faults

TINY = str(Path(__file__).with_name("tiny_server.py"))
SERVERS: dict[str, Any] = {
    "mcpServers": {
        "My Clock": {"command": sys.executable, "args": [TINY, "get_time"]},
        "git": {
            "command": sys.executable,
            "args": [TINY, "get_log", "delete_branch"],
            "env": {"TOKEN": "ü${HOME}"},
            "disabled": False,
        },
    },
    "theme": "dark",
}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of a client, with permissions that must stay."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "client.json"
    path.write_text(json.dumps(SERVERS, indent=4, ensure_ascii=False) + "\n", "utf-8")
    path.chmod(0o600)
    return path


def init(*words: object) -> Result:
    return CliRunner().invoke(cli, ["init", *map(str, words)])


def tree(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def test_all_servers_of_a_client_get_one_policy(client: Path, tmp_path: Path) -> None:
    """Rules name each tool with its server; the client's file stays as it was."""
    before = client.read_bytes()
    ran = init("--config", client)

    assert ran.exit_code == 0, ran.output + str(ran.exception)
    policy = tmp_path / "policies" / "servers.bar"
    assert faults(policy) == []
    assert "my-clock/get_time" in policy.read_text("utf-8")
    pinned = tree(tmp_path / "policies" / "mcp-pins.json")
    assert {name: set(tools) for name, tools in pinned.items()} == {
        "git": {"get_log", "delete_branch"},
        "my-clock": {"get_time"},
    }
    assert client.read_bytes() == before


def test_a_server_that_does_not_answer_is_told_and_takes_nothing_from_others(client: Path) -> None:
    """What could be had is written; the exit code says that something is missing."""
    broken = tree(client)
    broken["mcpServers"]["git"] = {"command": "/no/such/program"}
    client.write_text(json.dumps(broken), "utf-8")
    ran = init("--config", client, "--json")
    report = json.loads(ran.stdout)

    assert ran.exit_code == 3
    assert any(line.startswith("`git` is left out") for line in report["untold"])
    assert report["rules"]["reading"] == ["get_time"]


def test_one_server_can_be_taken_alone(client: Path) -> None:
    """`--server` takes one; a name that is none of them is refused with those there are."""
    report = json.loads(init("--config", client, "--server", "My Clock", "--json").stdout)

    assert report["rules"]["reading"] == ["get_time"]
    ran = init("--config", client, "--server", "clock", "--out", "other")
    assert "`My Clock`, `git`" in str(ran.exception)


def test_servers_are_wrapped_and_unwrapped(client: Path, tmp_path: Path) -> None:
    """Each entry starts Drawbar before its own command; undone, the file is what it was."""
    before = client.read_bytes()
    init("--config", client)
    ran = init("--config", client, "--write-config")
    servers = tree(client)["mcpServers"]
    clock = servers["My Clock"]

    assert ran.exit_code == 0, ran.output + str(ran.exception)
    assert clock["args"][:5] == ["mcp", "wrap", "--local", "--name", "my-clock"]
    own = clock["args"][clock["args"].index("--") + 1 :]
    assert own == [sys.executable, TINY, "get_time"]
    assert str(tmp_path / "policies") in clock["args"]
    assert servers["git"]["env"] == {"TOKEN": "ü${HOME}"}
    assert tree(client)["theme"] == "dark"
    assert client.stat().st_mode & 0o777 == 0o600
    backup = tmp_path / "client.json.before-drawbar"
    assert backup.read_bytes() == before
    assert backup.stat().st_mode & 0o777 == 0o600

    undone = init("--config", client, "--undo")
    assert undone.exit_code == 0
    assert client.read_bytes() == before
    assert not backup.exists()


def test_wrapped_twice_is_wrapped_once(client: Path) -> None:
    """A second time changes nothing, and the file as it was is still kept."""
    before = client.read_bytes()
    init("--config", client)
    init("--config", client, "--write-config")
    once = client.read_bytes()
    init("--config", client, "--write-config")

    assert client.read_bytes() == once
    assert init("--config", client, "--undo").exit_code == 0
    assert client.read_bytes() == before


def test_a_wrapped_client_can_be_asked_for_its_tools_again(client: Path) -> None:
    """The servers themselves are asked, and not Drawbar before them."""
    init("--config", client)
    init("--config", client, "--write-config")
    ran = init("--config", client, "--force", "--json")

    assert ran.exit_code == 0
    assert set(json.loads(ran.stdout)["rules"]["reading"]) >= {"my-clock/get_time"}


def test_what_was_changed_meanwhile_stays(client: Path) -> None:
    """An undo takes the wrapping away, and nothing else."""
    init("--config", client)
    init("--config", client, "--write-config")
    changed = tree(client)
    changed["theme"] = "light"
    client.write_text(json.dumps(changed), "utf-8")
    init("--config", client, "--undo")

    assert tree(client) == {**SERVERS, "theme": "light"}


def test_nothing_is_wrapped_before_there_is_a_policy(client: Path, tmp_path: Path) -> None:
    """A client whose calls would all be denied is not what anybody asked for."""
    before = client.read_bytes()
    (tmp_path / "policies").mkdir()
    ran = init("--config", client, "--write-config")

    assert ran.exit_code == 1
    assert "no pinned tools" in str(ran.exception)
    assert client.read_bytes() == before


def test_a_server_without_a_policy_is_left_and_said_loudly(client: Path) -> None:
    """Only servers whose tools were looked at are wrapped; the others are named."""
    init("--config", client, "--server", "git")
    ran = init("--config", client, "--write-config")
    servers = tree(client)["mcpServers"]

    assert "NOT GUARDED: My Clock starts as before" in ran.output
    assert servers["My Clock"] == SERVERS["mcpServers"]["My Clock"]
    assert servers["git"]["args"][:2] == ["mcp", "wrap"]


def test_a_server_that_its_client_does_not_start_is_not_started(client: Path) -> None:
    """What is switched off in the file stays off."""
    changed = tree(client)
    changed["mcpServers"]["git"] = {"command": "/no/such/program", "disabled": True}
    client.write_text(json.dumps(changed), "utf-8")

    assert init("--config", client).exit_code == 0


def test_an_undo_without_a_wrap_says_so(client: Path) -> None:
    """There is nothing to take back."""
    assert "no server" in str(init("--config", client, "--undo").exception)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        '{"mcpServers": {}}',
        '{"mcpServers": {"a": 5}}',
        '{"mcpServers": {"a": {"args": []}}}',
        '{"mcpServers": {"a": {"command": "x", "args": [1]}}}',
        '{"mcpServers": {"a": {"command": "x"}, "a": {"command": "y"}}}',
        "// a comment\n{}",
    ],
)
def test_a_file_that_names_no_servers_is_refused(text: str, tmp_path: Path) -> None:
    """One sentence says why; a key that stands twice is refused too."""
    path = tmp_path / "c.json"
    path.write_text(text, "utf-8")

    with pytest.raises(DrawbarError):
        config.read(path)


@pytest.mark.parametrize("place", [("mcpServers",), ("servers",), ("mcp", "servers")], ids=".".join)
def test_each_clients_place_is_known(place: tuple[str, ...], tmp_path: Path) -> None:
    """Claude Desktop, Cursor, `.mcp.json` and VS Code keep their servers under their own names."""
    entry: Any = {"a": {"command": "x", "args": ["${FOO:-y}", "key-${input:key}"], "env": {"N": 1}}}
    for step in reversed(place):
        entry = {step: entry}
    path = tmp_path / "c.json"
    path.write_text(json.dumps(entry), "utf-8")

    (one,) = config.read(path)
    assert one.command == ("x", "y", "key-${input:key}")
    assert one.env == {"N": "1"}
    assert config.unfilled(one) == "${input:key}"


def test_what_the_environment_holds_is_no_place_to_fill_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server named by its command is started in an environment where any text may stand."""
    monkeypatch.setenv("MAKEOVERRIDES", "${-*-command-variables-*-}")

    assert config.unfilled(by_command(("python", "-m", "server"), None)) is None


def test_pins_that_cannot_be_read_stop_it_before_anything_is_written(
    client: Path, tmp_path: Path
) -> None:
    """All files are written or none."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "mcp-pins.json").write_text("[]", "utf-8")
    ran = init("--config", client)

    assert ran.exit_code == 1
    assert [one.name for one in (tmp_path / "policies").iterdir()] == ["mcp-pins.json"]

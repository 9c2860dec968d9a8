"""Drafts for tools that others wrote, and that nobody here tuned a word for."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli
from tests.app.init.drafting import faults, outcome, written

ROOT: Final = Path(__file__).parents[3]
EXAMPLES: Final = sorted((ROOT / "examples").glob("*/**/*.tools.json"))


def init(*words: object) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli, ["init", *map(str, words)])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("more", [(), ("--user-words",)])
def test_each_example_gets_a_draft(path: Path, more: tuple[str, ...], tmp_path: Path) -> None:
    """No finding, each test passes, and nothing is left out."""
    ran = init("--tools", path, "--out", tmp_path / "p", "--folder", "/srv/data", *more)

    assert ran.exit_code == 0, ran.output
    (policy,) = (tmp_path / "p").glob("*.bar")
    assert faults(policy) == []
    assert CliRunner().invoke(cli, ["fmt", "--check", str(policy)]).exit_code == 0
    assert CliRunner().invoke(cli, ["lint", "--strict", str(policy)]).exit_code == 0


@pytest.mark.parametrize(
    ("module", "reads", "asked"),
    [
        ("mcp_server_time", {"get_current_time"}, {"convert_time"}),
        ("mcp_server_git", {"git_status", "git_log"}, {"git_reset", "git_commit", "git_add"}),
    ],
)
def test_a_live_server_is_asked_for_its_tools(
    module: str, reads: set[str], asked: set[str], tmp_path: Path
) -> None:
    """It is started once; its tools are drafted and pinned as the gateway will see them."""
    server = (sys.executable, "-m", module)  # it starts slowly where all is busy
    ran = init("--out", tmp_path / "p", "--json", "--timeout", 300, "--", *server)
    assert ran.exit_code == 0, ran.output
    report = json.loads(ran.stdout)
    rules = report["rules"]

    assert reads <= set(rules["reading"])
    assert asked <= {name for rule, names in rules.items() if rule != "reading" for name in names}
    (policy,) = (tmp_path / "p").glob("*.bar")
    assert faults(policy) == []
    (pinned,) = json.loads((tmp_path / "p" / "mcp-pins.json").read_text()).values()
    assert set(pinned) == set(report["tools"])


def agentdojo(folder: Path) -> Iterator[list[dict[str, Any]]]:
    suites = json.loads((folder / "agentdojo" / "tool_schemas_v1.2.2.json").read_text("utf-8"))
    for tools in suites.values():
        yield [
            {"name": t["name"], "description": t["description"], "inputSchema": t["parameters"]}
            for t in tools
        ]


def toolemu(folder: Path) -> Iterator[list[dict[str, Any]]]:
    for kit in json.loads((folder / "ToolEmu" / "all_toolkits.json").read_text("utf-8")):
        yield [_emulated(kit["name_for_model"], one) for one in kit["tools"]]


def _emulated(kit: str, one: dict[str, Any]) -> dict[str, Any]:
    said = one["parameters"]
    properties = {each["name"]: {"type": each["type"].split()[0].lower()} for each in said}
    required = [each["name"] for each in said if each.get("required")]
    schema = {"type": "object", "properties": properties, "required": required}
    return {"name": kit + one["name"], "description": one["summary"], "inputSchema": schema}


@pytest.mark.evaldata
def test_public_sets_of_tools_get_drafts(eval_data: Path, tmp_path: Path) -> None:
    """Hundreds of tools: clean drafts, and no tool that deletes, pays or sends is allowed."""
    seen = 0
    for tools in (*agentdojo(eval_data), *toolemu(eval_data)):
        made = outcome(*tools)
        assert faults(written(made, tmp_path)) == []
        assert made.left_out == ()
        free = {*made.sorted.get("reading", ()), *made.sorted.get("known_hosts", ())}
        weighty = ("delete", "send", "transfer", "pay_", "update", "create", "remove", "withdraw")
        assert [name for name in free if any(verb in name.lower() for verb in weighty)] == []
        seen += len(tools)

    assert seen > 300

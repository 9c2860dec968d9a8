"""The demo runs the ordinary gateway: its policy decides how it ends."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from app.cli.main import cli
from app.demo import stage
from app.demo.agent import USER, orders
from app.demo.stage import FILES, policies
from app.edges.mcp.demo_bank import MAILS, server
from tests.app.init.drafting import faults

RENT: Final = {"to": "DE89370400440532013000", "amount": 80.0}
THEFT: Final = {"to": "GB29NWBK60161331926819", "amount": 950.0}
PAGE: Final = Path(__file__).parents[3] / "docs" / "demo.md"


def demo(folder: Path) -> Result:
    """Run the demo in a folder."""
    return CliRunner().invoke(cli, ["demo", "--keep", str(folder)])


def guarded(folder: Path) -> list[dict[str, Any]]:
    """Return the payments that were made with Drawbar before the server."""
    return stage.paid(folder / "guarded.jsonl")


def edited(folder: Path, pattern: str, by: str) -> None:
    """Change the policy of a folder."""
    path = folder / "policies" / "bank.bar"
    text = path.read_text("utf-8")
    changed = re.sub(pattern, by, text, flags=re.DOTALL)
    assert changed != text
    path.write_text(changed, "utf-8")


def test_the_demo_ends_as_its_policy_says(tmp_path: Path) -> None:
    """The theft is stopped; with the rule taken out of the policy it succeeds."""
    first = demo(tmp_path)
    assert first.exit_code == 0, first.output + str(first.exception)
    assert guarded(tmp_path) == [RENT]
    assert stage.paid(tmp_path / "open.jsonl") == [RENT, THEFT]
    page = PAGE.read_text("utf-8")
    shown = re.findall(r"^```text\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert [block for block in shown if block not in first.output] == []
    verify = ["audit", "verify", "--data", str(tmp_path / "var")]
    assert CliRunner().invoke(cli, verify).exit_code == 0

    edited(tmp_path, r"rule strangers:.*?;\n", "")
    edited(tmp_path, r"test .*", "")
    assert "deny" not in demo(tmp_path).output
    assert guarded(tmp_path) == [RENT, THEFT]


def test_a_policy_that_cannot_be_read_pays_nobody(tmp_path: Path) -> None:
    """Without rules in force nothing reaches the account through Drawbar."""
    policies(tmp_path / "policies")
    edited(tmp_path, r"allow send_money", "alow send_money")
    ran = demo(tmp_path)

    assert ran.exit_code == 0, ran.output + str(ran.exception)
    assert guarded(tmp_path) == []
    assert stage.paid(tmp_path / "open.jsonl") == [RENT, THEFT]
    assert "  allow" not in ran.output


def test_the_policy_of_the_demo_is_clean(tmp_path: Path) -> None:
    """It is linted and tested like any other."""
    policies(tmp_path)

    assert faults(tmp_path / "bank.bar") == []
    assert CliRunner().invoke(cli, ["fmt", "--check", str(tmp_path)]).exit_code == 0


def test_the_tools_file_says_what_the_server_offers() -> None:
    """Each tool with its arguments, as the server declares them."""
    listed = server(Path("-"))._tool_manager.list_tools()
    tools = json.loads((Path(stage.__file__).parent / FILES[1]).read_text("utf-8"))["tools"]
    offered = {one.name: set(one.parameters.get("properties", {})) for one in listed}

    assert offered == {one["name"]: set(one["inputSchema"]["properties"]) for one in tools}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (USER, [(80, "DE89370400440532013000")]),
        (MAILS["m1"], []),
        (MAILS["m2"], [(950, "GB29NWBK60161331926819")]),
    ],
)
def test_the_agent_does_what_it_reads(text: str, found: list[tuple[int, str]]) -> None:
    """It tells the user's words and a mail's apart as little as a hijacked agent does."""
    assert list(orders(text)) == found


def test_without_mcp_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawbar without its extra plays no demo, and says so in one sentence."""
    monkeypatch.setattr("app.cli.demo.find_spec", lambda _name: None)
    ran = demo(tmp_path / "kept")

    assert ran.exit_code == 1
    assert "drawbar-server[mcp]" in str(ran.exception)
    assert not (tmp_path / "kept").exists()

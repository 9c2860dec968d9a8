"""The page on freezing."""

import json
import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from app.cli.main import cli
from tests.harness import GatewayHarness, pay
from tests.stores import sqlite_store

PAGE = (Path(__file__).parents[2] / "docs" / "freeze.md").read_text("utf-8")


def test_the_commands_on_the_page_run(tmp_path: Path) -> None:
    """Three are frozen and listed, and thawed again one by one."""
    sqlite_store(tmp_path)
    found = re.findall(r"^\$ drawbar (.*) --data var$", PAGE, re.MULTILINE)
    said = []
    for one in found:
        ran = CliRunner().invoke(cli, [*shlex.split(one), "--data", str(tmp_path)])
        assert ran.exit_code == 0, ran.output
        said.append(ran.stdout)

    assert len(found) == 7
    assert [word in said[3] for word in ("agent crm-7", "subject u7 of acme", "tenant acme")] == (
        [True] * 3
    )
    assert "sends mail to strangers" in said[3]


def test_the_body_on_the_page_freezes(tmp_path: Path) -> None:
    """What is sent over HTTP does the same."""
    block = re.search(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert block is not None
    gateway = GatewayHarness(tmp_path)
    try:
        made = gateway.request("POST", "/v1/freezes", json=json.loads(block.group(1)))
        said = gateway.check(pay(agent={"id": "crm-7"})).json()
    finally:
        gateway.close()

    assert (made.status_code, said["reason"], said["retryable"]) == (200, "frozen", False)

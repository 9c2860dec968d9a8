"""The page on tenants."""

import json
import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from app.cli.main import cli
from memory.keys import Scope
from tests.harness import GatewayHarness, pay

PAGE = (Path(__file__).parents[2] / "docs" / "tenants.md").read_text("utf-8")


def test_the_commands_on_the_page_keep_tenants_apart(tmp_path: Path) -> None:
    """Keys are made for the tenant that is named, and its decisions alone are read."""
    gateway = GatewayHarness(tmp_path)
    for tenant, call in (("acme", "ours"), ("other", "theirs")):
        key = gateway.new_key([Scope.CHECK], tenant=tenant)
        assert gateway.check(pay(call_id=call), key).status_code == 200
    gateway.close()
    commands = re.findall(r"^\$ drawbar (.*) --data var$", PAGE, re.MULTILINE)
    where = ["--data", str(tmp_path / "data")]

    ran = [CliRunner().invoke(cli, [*shlex.split(one), *where]) for one in commands]

    assert [one.exit_code for one in ran] == [0, 0, 0]
    listed = json.loads(
        CliRunner().invoke(cli, ["keys", "list", "--format", "json", *where]).output
    )
    made = {one["name"]: one["tenant"] for one in listed}
    assert made["acme: admin"] == made["acme: billing-agent"] == "acme"
    asked = [*shlex.split(commands[2]), *where, "--format", "json"]
    found = json.loads(CliRunner().invoke(cli, asked).output)
    assert [one["call_id"] for one in found] == ["ours"]

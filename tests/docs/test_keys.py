"""The page on keys."""

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from app.cli.main import cli
from tests.stores import sqlite_store

PAGE = (Path(__file__).parents[2] / "docs" / "keys.md").read_text("utf-8")


def test_the_commands_on_the_page_run(tmp_path: Path) -> None:
    """Each `drawbar keys` of the page does what it says: made, listed, rotated, revoked."""
    data = tmp_path / "data"
    sqlite_store(data)
    found = re.findall(r"^\$ drawbar (keys .*) --data var$", PAGE, re.MULTILINE)
    assert [one.split()[1] for one in found] == ["create", "list", "rotate", "revoke"]
    runner, made = CliRunner(), ""
    for line in found:
        words = shlex.split(line.replace("KEY_ID", made))
        ran = runner.invoke(cli, [*words, "--data", str(data)])
        assert ran.exit_code == 0, ran.output
        if "list" in words:
            made = ran.output.split()[0]
            assert "expires " in ran.output
    listed = runner.invoke(cli, ["keys", "list", "--data", str(data)]).output.splitlines()
    assert [one.split()[1] for one in listed] == ["revoked", "active"]

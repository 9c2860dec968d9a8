"""The page on people."""

import re
import shlex
import tomllib
from pathlib import Path

from click.testing import CliRunner

from app.cli.main import cli
from app.login import passwords
from app.login.settings import LoginSettings
from app.settings import Settings
from tests.stores import sqlite_store

PAGE = (Path(__file__).parents[2] / "docs" / "people.md").read_text("utf-8")


def test_the_commands_on_the_page_run(tmp_path: Path) -> None:
    """Added, listed, changed, removed."""
    sqlite_store(tmp_path)
    found = re.findall(r"^\$ drawbar (people .*) --data var$", PAGE, re.MULTILINE)
    words = "a good long password\n" * 2

    ran = [
        CliRunner().invoke(cli, [*shlex.split(one), "--data", str(tmp_path)], input=words)
        for one in found
    ]

    assert [one.split()[1] for one in found] == ["add", "list", "password", "remove"]
    assert [one.exit_code for one in ran] == [0] * 4


def test_the_settings_on_the_page_can_be_used() -> None:
    """As they stand there; and the numbers of the page are the defaults."""
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    login = Settings(**tomllib.loads(block)).login

    assert login.grants["treasurers"].roles == ("treasury",)
    assert (LoginSettings().session_s, passwords.SHORTEST, passwords.LONGEST) == (3_600, 12, 256)

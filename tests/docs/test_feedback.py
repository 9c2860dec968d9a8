"""The page on reports: its table is imported, and the commands print what the page says."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.api.feedback import LONGEST_COMMENT as TAKEN
from app.api.feedback import MOST_AT_ONCE
from app.cli.calling import Api
from app.cli.feedback_file import COLUMNS, LONGEST_COMMENT, MOST_ROWS, Form, read
from app.cli.feedback_import import AT_ONCE
from app.cli.main import cli
from app.learning.auditing import LOOKED
from app.learning.settings import MemorySettings
from memory.induction.evidence import RHO
from memory.induction.report import Kind
from memory.induction.weights import KINDS
from memory.keys import Scope
from memory.learning.auditing import FIRST_FIRINGS
from tests.harness import GatewayHarness, pay
from tests.stores import sqlite_store

PAGE = (Path(__file__).parents[2] / "docs" / "feedback.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_table_on_the_page_is_imported(
    gateway: GatewayHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command prints what stands under it, for a table with decisions of this gateway."""
    ana = gateway.new_key([Scope.FEEDBACK], name="ana", subject="ana")
    table = block("csv")
    for number, written in enumerate(re.findall(r"d_[0-9A-Z]{26}", table)):
        call = pay(call_id=f"c{number}", args={"amount": number})
        table = table.replace(written, gateway.check(call).json()["decision_id"])
    (tmp_path / "reviewed.csv").write_text(table, "utf-8")
    monkeypatch.chdir(tmp_path)

    def answered(_api: Api, method: str, path: str, **parts: Any) -> Any:
        return gateway.request(method, path, ana, **parts)

    monkeypatch.setattr(Api, "_answer", answered)
    shown = re.findall(r"^\$ drawbar (.*) --key-file ana.key\n((?:[^$`].*\n)+)", PAGE, re.MULTILINE)
    for command, says in shown:
        gateway.rest()
        ran = CliRunner().invoke(cli, [*shlex.split(command), "--key", "drw_x"])
        assert (ran.exit_code, ran.stdout) == (0, says)
    assert len(shown) == 3


def test_the_numbers_and_the_list_on_the_page_are_the_codes() -> None:
    """The columns, the limits, and what is said of flaws."""
    assert block("csv").startswith(",".join(COLUMNS) + "\n")
    assert f"At most {MOST_ROWS:,} reports" in PAGE
    assert f"at most {LONGEST_COMMENT:,} letters" in PAGE
    assert f"{MOST_AT_ONCE} reports at once" in PAGE
    assert (LONGEST_COMMENT, AT_ONCE) == (TAKEN, MOST_AT_ONCE)
    one = "d_01M8KJC1HM4TK4N9VW4DYNDQ4X"
    two = "d_01M8KJC7Y5R2C3A8ZB0TQXE9MK"
    text = f"decision_id,label\n{two},violaton\n{one},violation\n{one},ok\n"
    told = [f"line {x.line}: {x.what}; {x.remedy}" for x in read(text, Form.CSV).flaws]
    assert told == block("text").splitlines()[:2]


def test_the_shares_and_the_commands_of_audits_are_the_codes(tmp_path: Path) -> None:
    """What is drawn is what the settings say, and each command is there."""
    settings = MemorySettings()
    shares = (settings.audit_allowed, settings.audit_softly_denied, settings.audit_fired)
    for share, words in zip(
        shares, ("of the calls that", "of those that", "of the first"), strict=True
    ):
        assert f"{share:.0%} ".replace("%", " %") + words in PAGE
    assert f"the first {FIRST_FIRINGS} that" in PAGE
    assert f"{LOOKED:,} in a page" in PAGE
    assert f"without audits it is {RHO / 1000}" in PAGE
    assert KINDS[Kind.AUDIT] == 2 * KINDS[Kind.FAILURE]
    sqlite_store(tmp_path)
    (command,) = re.findall(r"^\$ drawbar (keys .*) --data var$", PAGE, re.MULTILINE)
    made = CliRunner().invoke(cli, [*shlex.split(command), "--data", str(tmp_path)])
    assert made.exit_code == 0, made.output
    commands = re.findall(r"^\$ drawbar (memory audit.*)$", PAGE, re.MULTILINE)
    for words in commands:
        ran = CliRunner().invoke(cli, [*shlex.split(words), "--help"])
        assert ran.exit_code == 0, ran.output
    assert len(commands) == 3

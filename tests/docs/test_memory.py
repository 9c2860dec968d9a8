"""The page on feedback memory."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from app import settings
from app.cli.calling import Api
from app.cli.main import cli
from app.learning.learned import STALE
from app.learning.refreshing import ENOUGH
from dsl.errors import Source
from dsl.format import reformat
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.parse import parse
from memory.induction.evidence import BACKGROUND_DAYS
from memory.induction.revision import induce
from memory.keys import Scope
from memory.learning.cases import MOST_MIB, NEWEST
from memory.learning.revisions import KEPT
from memory.similar.hashed import NARROW
from memory.similar.index import MOST, Index, Row
from memory.similar.looking import FILL_S, MOST_HELD
from memory.similar.shelf import MOST_REPORTED
from tests.harness import GatewayHarness, pay
from tests.memory.induction.test_learning import CONFIGURATION, agreed
from tests.memory.induction.world import START
from tests.stores import sqlite_store

PAGE = (Path(__file__).parents[2] / "docs" / "memory.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_key_on_the_page_is_made(tmp_path: Path) -> None:
    """It holds `feedback`, and can ask for no decision."""
    sqlite_store(tmp_path)
    (command,) = re.findall(r"^\$ drawbar (keys .*) --data var$", PAGE, re.MULTILINE)
    ran = CliRunner().invoke(cli, [*shlex.split(command), "--data", str(tmp_path)])

    assert ran.exit_code == 0, ran.output
    assert ran.stdout.startswith("drw_")


def test_the_command_and_the_body_on_the_page_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the command sends is the body, and a gateway takes it."""
    sent: list[Any] = []

    def post(_api: Api, _path: str, body: Any) -> Any:
        sent.append(body)
        return {"report_id": "rep_1", "counted": True, "reason": None}

    monkeypatch.setattr(Api, "post", post)
    (command,) = re.findall(r"^\$ drawbar (feedback .*) --key-file ana.key$", PAGE, re.MULTILINE)
    ran = CliRunner().invoke(cli, [*shlex.split(command), "--key", "drw_x"])
    body = json.loads(block("json"))
    assert (ran.exit_code, sent) == (0, [body])

    gateway = GatewayHarness(tmp_path)
    try:
        ana = gateway.new_key([Scope.FEEDBACK], subject="ana")
        told = {**body, "decision_id": gateway.check(pay()).json()["decision_id"]}
        said = gateway.request("POST", "/v1/feedback", ana, json=told)
    finally:
        gateway.close()
    assert said.json()["counted"] is True


def test_the_settings_on_the_page_can_be_used(tmp_path: Path) -> None:
    """They are read as they stand; without them nothing is learned."""
    file = tmp_path / "drawbar.toml"
    file.write_text(block("toml"))
    found = settings.load({}, file).memory

    assert (found.learn, found.approver, found.internal) == (True, "security", ("corp.example",))
    assert settings.load({}).memory.learn is False


def test_the_commands_on_the_page_are_commands() -> None:
    """Each is there, and takes what it is given there."""
    commands = re.findall(r"^\$ drawbar (memory .*)$", PAGE, re.MULTILINE)

    assert len(commands) == 18
    for words in commands:
        ran = CliRunner().invoke(cli, [*shlex.split(words), "--help"])
        assert ran.exit_code == 0, ran.output


def test_the_numbers_on_the_page_are_the_codes() -> None:
    """How many reports wait for nobody, how many calls are looked at, how much is kept."""
    assert f"{ENOUGH} new reports, or" in PAGE
    assert f"the newest {NEWEST:,} calls are looked at, fewer where" in PAGE
    assert f"more than {MOST_MIB} MiB" in PAGE
    assert f"The newest {KEPT} are kept" in PAGE
    assert f"or is older than {STALE.days} days." in PAGE
    assert f"newest {MOST:,} of {BACKGROUND_DAYS} days, and the newest {MOST_REPORTED:,} " in PAGE
    assert f"no more than {MOST_HELD:,} calls of all tenants" in PAGE
    assert f"for at most {FILL_S:.0f} seconds" in PAGE
    full = Index()
    nothing = np.zeros((MOST, NARROW), dtype=np.float32)
    full.add([Row("d", START, START, at) for at in range(MOST)], nothing)
    assert full.nearest(nothing[0], 1)
    assert f"{full.size >> 20} MiB for {MOST:,} calls" in PAGE


def test_the_rule_on_the_page_is_one() -> None:
    """It is what memory makes of four reports, to the letter, and lints without an error."""
    text = "overlay narrow version 1;\n\n" + block("bar")
    source = Source("narrow.bar", text)

    assert induce(agreed(), CONFIGURATION).narrow.endswith("\n\n" + block("bar"))
    assert reformat(source) == text
    assert [one for one in lint(Unit(source, parse(source))) if one.level == "error"] == []

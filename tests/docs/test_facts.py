"""The page on facts runs as it stands."""

import json
import re
import textwrap
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from app.cli.main import cli
from app.facts.settings import HttpSettings
from app.facts.source import Outcome
from app.settings import load
from dsl.model import Effect
from memory.database import TURNS
from tests.harness import GatewayHarness

PAGE = (Path(__file__).parents[2] / "docs" / "facts.md").read_text("utf-8")
_BLOCK = re.compile(r"^( *)```(\w+)([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
BLOCKS = [
    (kind, words.strip(), textwrap.dedent(body)) for _, kind, words, body in _BLOCK.findall(PAGE)
]


def blocks(kind: str) -> list[tuple[str, str]]:
    return [(words, body) for found, words, body in BLOCKS if found == kind]


def test_the_four_steps_do_what_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table, the settings and the policy of the page answer the calls as it says."""
    ((words, rows),) = blocks("csv")
    (tmp_path / words.partition("file=")[2]).write_text(rows)
    (tmp_path / "drawbar.toml").write_text(blocks("toml")[0][1])
    monkeypatch.chdir(tmp_path)
    ((_, policy),) = blocks("bar")
    gateway = GatewayHarness(tmp_path, policy, facts=load({}).facts)
    said = [
        (words, gateway.check(json.loads(body)).json()["effect"]) for words, body in blocks("json")
    ]
    gateway.close()

    assert [f"http {effect}" for _, effect in said] == [words for words, _ in said]
    assert {effect for _, effect in said} == {Effect.ALLOW, Effect.DENY}


def test_the_policy_holds_its_own_test(tmp_path: Path) -> None:
    """`drawbar test` and `drawbar lint` have nothing to say against the page's policy."""
    file = tmp_path / "refunds.bar"
    file.write_text(blocks("bar")[0][1])

    assert CliRunner().invoke(cli, ["test", str(file)]).exit_code == 0
    assert CliRunner().invoke(cli, ["lint", "--strict", str(file)]).exit_code == 0
    assert CliRunner().invoke(cli, ["fmt", "--check", str(file)]).exit_code == 0


def test_every_settings_table_can_be_used(tmp_path: Path) -> None:
    """Each table of settings on the page is one."""
    for _, text in blocks("toml"):
        file = tmp_path / "drawbar.toml"
        file.write_text(text)
        assert load({}, file).facts


def test_every_outcome_is_explained() -> None:
    """What the metric may count has its row, and no row is left over."""
    table = PAGE.partition("## When a fact is unknown")[2].partition("\n## ")[0]

    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [str(one) for one in Outcome]


def test_how_many_decisions_can_wait_stands_on_the_page() -> None:
    """The number on the page is the one that the store's sessions go by."""
    assert f"{TURNS} decisions at a time" in PAGE


def test_what_missing_may_be_stands_on_the_page() -> None:
    """The one word that makes something absent out of a failure is explained."""
    annotation = HttpSettings.model_fields["missing"].annotation

    assert get_args(annotation) == ("unknown", "null")
    assert '`missing = "null"`' in PAGE

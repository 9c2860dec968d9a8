"""The page on breaking glass."""

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.binding.file import read
from app.cli.main import cli
from dsl.errors import Source
from tests.app.glass.breaking import Breaking, at_hand
from tests.harness import pay

PAGE = (Path(__file__).parents[2] / "docs" / "break-glass.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}[^\n]*\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Breaking:
    """Return a gateway with the policies of the page."""
    found = Breaking(tmp_path, block("toml"))
    found.gateway.write("bank.bar", "policy payments version 1;\nrule no: deny pay;\n")
    found.gateway.write("relief.bar", block("bar"))
    found.gateway.reload()
    at_hand(monkeypatch, found)
    return found


def test_the_commands_on_the_page_run(office: Breaking) -> None:
    """One asks, looks, another confirms what was asked, and one ends it."""
    commands = re.findall(r"^\$ drawbar (.*)$", PAGE, re.MULTILINE)
    said: list[str] = []
    for one, key in zip(commands, (office.ada, office.bob, office.bob, office.ada), strict=True):
        named = re.findall(r"gls_[0-9A-Z]{26}|sha256:[0-9a-f]{64}", said[0]) if said else []
        words = [*shlex.split(one)[:2], *named[:1], *(named[-1:] if " confirm " in one else [])]
        words = words if " gls_" in one else shlex.split(one)
        env = {"DRAWBAR_KEY": key, "DRAWBAR_URL": "http://gateway"}
        ran = CliRunner().invoke(cli, words, env=env)
        assert ran.exit_code == 0, (one, ran.output, ran.exception)
        said.append(ran.stdout)
    office.gateway.close()

    assert [one.split()[1] for one in commands] == ["ask", "list", "confirm", "end"]
    assert "relief in place of payments" in said[0]


def test_the_body_on_the_page_asks_and_the_stand_in_judges(office: Breaking) -> None:
    """What is sent over HTTP does the same; the page's policy allows what the other refused."""
    body = json.loads(block("json"))
    before = office.gateway.check(pay()).json()
    asked = office.gateway.request("POST", "/v1/glass", office.ada, json=body).json()
    assert office.confirm(asked).status_code == 200
    supports = {"obligations": ["notification"]}
    after = office.gateway.check(pay(supports=supports)).json()
    office.gateway.close()

    assert (before["effect"], after["effect"]) == ("deny", "allow")
    assert after["reasons"][-1]["code"] == "break_glass"
    assert [one.stands_by_for for one in read(Source("bindings.toml", block("toml")))] == [
        "payments"
    ]

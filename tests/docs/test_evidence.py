"""The page on evidence holds: its settings load, its commands run, its bound is the code's."""

import re
import shlex
from pathlib import Path

from app import settings
from memory.evidence.kind import Kind
from memory.evidence.vault import FRESH_S
from tests.command import drawbar
from tests.harness import GatewayHarness, pay

PAGE = (Path(__file__).parents[2] / "docs" / "evidence.md").read_text("utf-8")


def test_the_settings_on_the_page_can_be_used(tmp_path: Path) -> None:
    """They are read as they stand, and say what the page says."""
    (text,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    file = tmp_path / "drawbar.toml"
    file.write_text(text)
    found = settings.load({}, file)

    assert Kind.RESULT not in found.evidence.keep
    assert found.evidence.keep[Kind.MESSAGE].days == 90
    assert list(found.masking.shown) == ["bank/pay"]


def test_the_commands_on_the_page_run(tmp_path: Path) -> None:
    """In their order, on the data folder of a gateway that runs."""
    gateway = GatewayHarness(tmp_path)
    decision = gateway.check(pay(subject={"id": "u7"})).json()["decision_id"]
    commands = re.findall(r"^\$ drawbar (.*)$", PAGE, re.MULTILINE)
    printed = []
    for command in commands:
        words = shlex.split(command.replace("DECISION_ID", decision))
        words[words.index("--data") + 1] = str(gateway.settings.data)
        run = drawbar(*words, cwd=tmp_path)
        assert run.returncode == 0, run.stderr
        printed.append(run.stdout)
    gateway.close()

    assert '"amount":5' in printed[0]
    assert "complaint 4711" in printed[1]
    assert [one.startswith("erased the evidence") for one in printed[2:]] == [True, True]


def test_the_bound_on_the_page_is_the_codes() -> None:
    """How long another gateway may go on with a destroyed key."""
    assert f"notice within {FRESH_S:g} seconds" in PAGE

"""What `docs/train.md` shows can be used as it stands there."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Final

import click
import pytest

from app.cli.main import cli
from app.guarding.settings import EncoderSettings
from app.settings import load
from guards.classifier.encoder import folder
from guards.skill import labels
from guards.training import weights
from tests.docs.test_guard import PAGE as GUARD

PAGE: Final = (Path(__file__).parents[2] / "docs" / "train.md").read_text("utf-8")
COMMANDS: Final = re.findall(r"^ *(drawbar .*)$", PAGE, re.MULTILINE)


def block(kind: str) -> str:
    found = re.search(rf"^   ```{kind}\n(.*?)^   ```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None, kind
    return re.sub(r"^   ", "", found[1], flags=re.MULTILINE)


def test_the_settings_are_settings() -> None:
    """The table of the page is one that the gateway takes."""
    found = load(tomllib.loads(block("toml"))).guards["office"]

    assert isinstance(found, EncoderSettings)


def test_the_label_is_a_label(tmp_path: Path) -> None:
    """A line as on the page is read, with its group."""
    path = tmp_path / "labels.jsonl"
    path.write_text(block("json"))

    assert [(one.truth, one.cluster) for one in labels.read(path)] == [(True, "gossip 7")]


@pytest.mark.parametrize("told", COMMANDS)
def test_the_commands_take_what_the_page_gives_them(told: str, tmp_path: Path) -> None:
    """Each command line of the page is read without a mistake of usage."""
    words = [
        str(tmp_path / one) if one.endswith(".jsonl") else one for one in shlex.split(told)[1:]
    ]
    for one in words:
        if one.endswith(".jsonl"):
            Path(one).touch()
    command: click.Command = cli
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None, told
        command = found

    command.make_context("drawbar", words)


def test_the_files_are_those_that_are_written() -> None:
    """The table of files names what the code calls them."""
    names = (weights.CONFIG, weights.WEIGHTS, weights.TOKENIZER, folder.MODEL, folder.FILE)

    assert len(COMMANDS) == 4
    assert all(f"`{one}`" in PAGE for one in names)
    assert "(train.md)" in GUARD

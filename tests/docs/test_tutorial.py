"""The tutorial and README, done step by step as a reader would."""

import re
import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from dsl import format as layout
from dsl.errors import Source
from dsl.interpret import Bound
from dsl.parse import parse
from dsl.testing.run import run
from tests import command

ROOT: Final = Path(__file__).parents[2]
POLICY: Final = "banking.bar"
BLOCK: Final = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Block:
    """One fenced block of a page, with the words behind its language."""

    language: str
    text: str
    options: dict[str, str] = field(default_factory=dict)


def blocks(page: str) -> list[Block]:
    """Return a page's fenced blocks in order."""
    found = []
    for language, words, text in BLOCK.findall((ROOT / page).read_text()):
        parts = [word.partition("=") for word in shlex.split(words)]
        found.append(Block(language, text, {name: value for name, _, value in parts}))
    return found


def drawbar(line: str, folder: Path) -> command.Ran:
    """Run a line that begins with `drawbar`, as it stands."""
    name, *arguments = shlex.split(line)
    assert name == "drawbar"
    return command.drawbar(*arguments, cwd=folder)


def test_every_step_of_the_tutorial_prints_what_it_says(tmp_path: Path) -> None:
    """Files are written, commands run, and each output begins as the page shows it, or holds it."""
    steps = blocks("docs/tutorial.md")
    commands = 0
    for step, following in zip(steps, [*steps[1:], Block("", "")], strict=True):
        if "file" in step.options:
            _write(step, tmp_path / step.options["file"])
        elif step.language == "sh" and "norun" not in step.options:
            assert following.language == "text"
            ran = _with_edit(step, tmp_path)
            assert ran.returncode == int(step.options["exit"]), ran.stdout + ran.stderr
            at = ran.stdout.find(following.text)
            assert at >= 0 if "part" in following.options else at == 0, ran.stdout
            commands += 1

    assert commands == 22
    whole = (tmp_path / POLICY).read_text()
    assert layout.reformat(Source(POLICY, whole)) == whole


def _write(step: Block, file: Path) -> None:
    """Write a file that a step shows, or add what it shows at the end."""
    before = file.read_text() if "append" in step.options else ""
    file.write_text(before + step.text)


def _with_edit(step: Block, folder: Path) -> command.Ran:
    """Run a step's command on the policy with the edit it names, and undo the edit."""
    policy = folder / POLICY
    whole = policy.read_text()
    if "replace" in step.options:
        assert step.options["replace"] in whole
        policy.write_text(whole.replace(step.options["replace"], step.options["by"], 1))
    ran = drawbar(step.text.replace("\\\n", " "), folder)
    policy.write_text(whole)
    return ran


def test_the_tutorial_breaks_the_policy_in_ten_ways() -> None:
    """Each of the ten mistakes is made in the policy, and its message shown."""
    below = (ROOT / "docs/tutorial.md").read_text().partition("## 10.")[2].partition("\n## ")[0]
    made = re.findall(
        r"^\*\*(\d+)\. .+\n(?:.*\n)*?```sh exit=3 replace=.+ by=.+$", below, re.MULTILINE
    )

    assert made == [str(number) for number in range(1, 11)]


def test_the_readmes_policy_is_whole_and_passes_its_test() -> None:
    """The policy on the first screen works as it stands, and is as short as it says."""
    (block,) = [block for block in blocks("README.md") if block.language == "bar"]
    report = run(Bound(parse(Source("README.md", block.text))))

    assert report.passed
    assert len(report.results) == 1
    assert len(block.text.splitlines()) == 8


def test_the_readmes_commands_work(tmp_path: Path) -> None:
    """What README tells to type without a server can be typed."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (block,) = [block for block in blocks("README.md") if "drawbar lint" in block.text]
    lines = [line for line in block.text.splitlines() if line.startswith("drawbar")]

    assert [drawbar(line, tmp_path).returncode for line in lines] == [0, 0, 0]


def test_the_readmes_call_is_the_one_the_gateway_prints() -> None:
    """README shows the line that `make serve` prints, but for the key."""
    from app.serving.banner import CALL  # noqa: PLC0415 - the server is needed by this test alone

    assert CALL in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("page", ["README.md", "sdk/python/README.md"])
def test_python_examples_compile(page: str) -> None:
    """Examples in Python are at least Python, and name what the package has."""
    for block in blocks(page):
        if block.language == "python":
            compile(block.text, page, "exec")

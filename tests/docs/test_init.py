"""The page on first policies, done step by step as a reader would."""

from pathlib import Path

import pytest

from app.init import words
from tests.docs.test_tutorial import Block, blocks, drawbar

PAGE = "docs/init.md"


def test_every_step_prints_what_it_says(tmp_path: Path) -> None:
    """Files are written, commands run, and each output is the page's, or holds it."""
    steps = blocks(PAGE)
    commands = 0
    for step, following in zip(steps, [*steps[1:], Block("", "")], strict=True):
        if "file" in step.options:
            (tmp_path / step.options["file"]).write_text(step.text, "utf-8")
        elif step.language == "sh" and "norun" not in step.options:
            ran = drawbar(step.text, tmp_path)
            assert ran.returncode == int(step.options["exit"]), ran.stdout + ran.stderr
            commands += 1
            if following.language == "text":
                at = ran.stdout.find(following.text)
                assert at >= 0 if "part" in following.options else at == 0, ran.stdout
        elif step.language == "bar":
            assert step.text in (tmp_path / "policies" / "office.bar").read_text("utf-8")

    assert commands == 4


@pytest.mark.parametrize("word", ["pay", "delete", "run", "send", "cancel", "execute", "share"])
def test_the_words_of_the_page_are_those_of_the_tables(word: str) -> None:
    """What the page calls a sign is one."""
    known = words.PAYING | words.DESTROYING | words.RUNNING | words.TELLING
    assert word in known
    assert f"`{word}`" in (Path(__file__).parents[2] / PAGE).read_text("utf-8")

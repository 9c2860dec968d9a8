"""What `docs/off-task.md` shows can be used as it stands there."""

import json
import re
import tomllib
from pathlib import Path
from typing import Final

from app.settings import load
from dsl.errors import Source
from dsl.parse import parse
from guards.skill import labels
from guards.training.tasks import task

PAGE: Final = (Path(__file__).parents[2] / "docs" / "off-task.md").read_text("utf-8")


def block(kind: str) -> str:
    """Return the last block of a kind, without its indentation."""
    *_, found = re.finditer(rf"^   ```{kind}\n(.*?)^   ```$", PAGE, re.DOTALL | re.MULTILINE)
    return re.sub(r"^   ", "", found[1], flags=re.MULTILINE)


def test_policy_and_settings_are_what_they_look_like() -> None:
    """The rule decides nothing yet, and the table names a head."""
    policy = parse(Source("bank.bar", block("bar")))

    assert [rule.shadow for rule in policy.rules] == [False, True]
    assert load(tomllib.loads(block("toml"))).guards["task"].kind == "off_task"


def test_the_task_and_the_label_are_read(tmp_path: Path) -> None:
    """A task has the calls it shows; of a label the last call is judged."""
    found = task(json.loads(block("json")))
    path = tmp_path / "labels.jsonl"
    path.write_text(block("json label"), "utf-8")
    (case,) = labels.read(path)

    assert [(made.tool, made.changes) for _, made in found.calls] == [
        ("find_payee", False),
        ("send_money", True),
    ]
    assert [one.who for one in case.question.steps] == ["user", "call", "result"]
    assert (case.question.text, case.tool, case.truth) == ("off_task", "send_money", True)
    assert case.question.changes

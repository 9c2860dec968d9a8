"""What `docs/guard.md` shows can be used as it stands there."""

import re
import tomllib
from pathlib import Path
from typing import Final

from click.testing import CliRunner

from app.cli.main import cli
from app.guarding.settings import GuardSettings
from app.settings import load
from dsl.errors import Source
from dsl.parse import parse
from guards.classifier.vllm.families import FAMILIES
from guards.judgement import CAUSES
from guards.skill import labels

PAGE: Final = (Path(__file__).parents[2] / "docs" / "guard.md").read_text("utf-8")


def block(kind: str, at: int = 0) -> str:
    """Return a block of a kind, the first one unless it is said, without its indentation."""
    found = re.findall(rf"^   ```{kind}\n(.*?)^   ```$", PAGE, re.DOTALL | re.MULTILINE)
    return re.sub(r"^   ", "", found[at], flags=re.MULTILINE)


def test_the_settings_are_settings() -> None:
    """The table of the page is one that the gateway takes."""
    found = load(tomllib.loads(block("toml")))

    pg = found.guards["pg"]
    assert isinstance(pg, GuardSettings)
    assert pg.family in FAMILIES


def test_the_policy_can_be_loaded() -> None:
    """The rule of the page decides nothing: it stands in shadow."""
    policy = parse(Source("office.bar", block("bar")))

    assert [rule.shadow for rule in policy.rules] == [False, True]


def test_the_rule_that_decides_is_held_by_its_tests(tmp_path: Path) -> None:
    """The same policy without shadow passes its own tests and a strict lint."""
    (tmp_path / "office.bar").write_text(block("bar", 1))

    for command in (["lint", "--strict"], ["test"], ["fmt", "--check"]):
        done = CliRunner().invoke(cli, [*command, str(tmp_path)])
        assert done.exit_code == 0, done.output


def test_the_label_is_a_label(tmp_path: Path) -> None:
    """A line as on the page is read, and its last action is what is judged."""
    path = tmp_path / "labels.jsonl"
    path.write_text(block("json"))
    (case,) = labels.read(path)

    assert case.truth
    assert case.tool == "send_email"
    assert [one.who for one in case.question.steps] == ["user", "call", "result"]
    assert (case.question.kind, case.question.polarity) == ("tone", "forbids")


def test_every_cause_has_its_row() -> None:
    """Nobody meets a cause that the page does not explain."""
    rows = set(re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE))

    assert rows == {str(one) for one in CAUSES}

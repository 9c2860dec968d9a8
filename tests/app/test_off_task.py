"""The head for `off_task`, from its training to a decision that it makes stricter."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli.main import cli
from app.config_file import SettingsError
from app.guarding.guarding import Guards
from app.guarding.settings import OffTaskSettings
from app.telemetry import Metrics
from guards.classifier.embedded.off_task import head
from guards.skill import manifest
from tests.guards.training.test_off_task import NAMES, told
from tests.harness import GatewayHarness

ARGS = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "amount": {"type": "integer"}},
}
TOOLS = {
    "tools": [
        {"name": "pay_person", "read_only": False, "inputSchema": ARGS},
        {"name": "find_person", "read_only": True, "inputSchema": ARGS},
        {"name": "mail_person", "inputSchema": ARGS},
    ]
}
POLICY = """\
policy bank version 1;
use tools "bank.tools.json";
rule all: allow pay_person, find_person, mail_person;
rule off: ask pay_person, find_person, mail_person when classify("off_task") >= 0.7{};
"""


def run(*args: str) -> Any:
    return CliRunner().invoke(cli, args)


def label(number: int, *, other: bool) -> dict[str, Any]:
    name, foreign = NAMES[number % len(NAMES)], NAMES[(number + 5) % len(NAMES)]
    whose = foreign if other else name
    args = json.dumps({"name": whose, "amount": 7000 + number if other else 100 + number})
    steps = [
        f"User: Please pay {name} {100 + number}.",
        f'find_person({{"name":"{name}"}})',
        'find_person -> {"id":"p1"}',
        f"pay_person({args})",
    ]
    lines = "\n".join(steps)
    return {
        "instruction": "Did the user ask for the last call?",
        "input": f"Policy: off_task\nTrajectory Actions:\n{lines}\nDomain: bank",
        "output": "violation" if other else "no_violation",
        "label": "off_task",
        "cluster": f"c{number}",
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a head as a person would, and calibrate it on labels."""
    kept = tmp_path_factory.mktemp("head")
    tasks = [told(one) for one in range(48)]
    labels = [label(one, other=other) for one in range(110) for other in (True, False)]
    for name, rows in (("tasks", tasks), ("labels", labels)):
        text = "".join(json.dumps(one) + "\n" for one in rows)
        (kept / f"{name}.jsonl").write_text(text, "utf-8")
    done = run("train", "off-task", "--tasks", str(kept / "tasks.jsonl"), "--out", str(kept / "h"))
    assert done.exit_code == 0, done.output
    assert "held out: AUROC" in done.output
    return kept


class Guarded(GatewayHarness):
    """A gateway with the head of a folder."""

    def __init__(self, folder: Path, kept: Path, mode: str = "") -> None:
        super().__init__(folder, "policy bank version 1;\nrule all: allow pay_person;\n")
        self.number = 0
        told = OffTaskSettings(kind="off_task", folder=kept, timeout_ms=10_000)
        self.gateway.guards.askers = Guards({"task": told}, Metrics()).askers
        self.run(self.gateway.guards.askers["task"].check())
        self.write("bank.tools.json", json.dumps(TOOLS))
        self.write("bank.bar", POLICY.format(mode))
        self.reload()
        body = {
            "session": "s",
            "events": [{"type": "user", "id": "u", "text": "Please pay Ada 100."}],
        }
        assert self.request("POST", "/v1/observe", json=body).status_code == 200

    def asked(self, tool: str, **args: Any) -> Any:
        self.number += 1
        return self.check(
            {"call_id": f"c{self.number}", "session": "s", "tool": tool, "args": args}
        ).json()


@pytest.fixture
def gateway(folder: Path, tmp_path: Path) -> Iterator[Guarded]:
    if not (folder / "h" / manifest.FILE).is_file():
        labels, kept = str(folder / "labels.jsonl"), str(folder / "h")
        done = run("guard", "calibrate", kept, "--folder", kept, "--labels", labels)
        assert done.exit_code == 0, done.output
        assert "may enforce: classify, the label `off_task`" in done.output
    running = Guarded(tmp_path, folder / "h")
    yield running
    running.close()


def test_a_calibrated_head_asks_about_what_nobody_asked_for(gateway: Guarded) -> None:
    """What the user asked for passes; a payment to somebody else is shown to a person.

    Of tools that the tools file does not call changing nothing is known, and the rule applies.
    """
    fine = gateway.asked("pay_person", name="Ada", amount=100)
    assert fine["effect"] == "allow", fine
    (atom,) = [one for one in gateway.records()[0].atoms if one["question"] == "judgement"]
    assert (atom["about"]["guard"], atom["about"]["form"]) == ("task", "classify")
    other = gateway.asked("pay_person", name="Gus", amount=7000)
    assert (other["effect"], other["reasons"][0]["rule"]) == ("ask", "off")
    for tool in ("find_person", "mail_person"):
        unknown = gateway.asked(tool, name="Ada", amount=100)
        assert (unknown["effect"], unknown["reasons"][0]["cause"]) == ("ask", "facts_missing")


def test_without_calibration_it_is_heard_in_shadow_alone(folder: Path, tmp_path: Path) -> None:
    """A head that nobody calibrated decides nothing; in shadow its score is recorded."""
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in (head.FILE, head.ABOUT):
        (bare / name).write_bytes((folder / "h" / name).read_bytes())
    running = Guarded(tmp_path, bare, " mode shadow")
    try:
        assert running.asked("pay_person", name="Gus", amount=7000)["effect"] == "allow"
        (newest, *_) = running.records()
        assert [(one["rule"], one["by"]) for one in newest.shadow] == [("off", "true")]
        running.write("bank.bar", POLICY.format(""))
        running.reload()
        said = running.asked("pay_person", name="Gus", amount=7001)
        assert (said["effect"], said["reasons"][0]["cause"]) == ("ask", "uncalibrated")
    finally:
        running.close()


def test_other_weights_have_no_skill(folder: Path, gateway: Guarded) -> None:
    """A calibration is of one head: trained anew on something else, it must be shown again."""
    made = Guards({"t": OffTaskSettings(kind="off_task", folder=folder / "h")}, Metrics())
    key = made.askers["t"].guard.key
    assert manifest.read(folder / "h" / manifest.FILE).of == key
    assert head.read(folder / "h").model in key.model


def test_a_head_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    """A gateway that was told to ask a head does not start without it."""
    told = OffTaskSettings(kind="off_task", folder=tmp_path)
    with pytest.raises(SettingsError, match=r"`guards\.t\.folder`: there is no `head\.json`"):
        Guards({"t": told}, Metrics())


def test_a_person_learns_what_is_wrong_with_tasks_and_labels(folder: Path, tmp_path: Path) -> None:
    """Too few tasks, a line that is none, and a head that needs no verification say so."""
    bad, out = tmp_path / "bad.jsonl", str(tmp_path / "out")
    for content, words in (("", "both kinds"), ("[]\n", "bad.jsonl:1: a task is an object")):
        bad.write_text(content, "utf-8")
        done = run("train", "off-task", "--tasks", str(bad), "--out", out)
        assert done.exit_code == 1
        assert words in str(done.exception) + done.output
    done = run("guard", "verify", str(folder / "h"), "--folder", out)
    assert "needs no verification" in str(done.exception) + done.output
    bad.write_text(json.dumps(label(1, other=True) | {"kind": "a", "polarity": "forbids"}), "utf-8")
    done = run("guard", "calibrate", str(folder / "h"), "--folder", out, "--labels", str(bad))
    assert "do not stand together" in str(done.exception) + done.output

"""Rules that rest on scores which nobody can give are told of at load."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.guarding.unmet import unmet
from app.policy.policies import load
from guards.judgement import Raw
from guards.skill.entry import Entry
from tests.guards.standing_in import SKILLED, asker

OPEN = "policy bank version 1;\nrule a: allow pay;\n"
RULE = 'rule j: deny pay when judge("x" as money forbids) >= 0.8;\n'
REASON = "# lint: ignore BAR408 because the guard is calibrated next week\n"
NOT_ENABLED = replace(SKILLED, clusters=3)


def told(folder: Path, rule: str, *entries: Entry, guards: bool = True) -> list[str]:
    (folder / "bank.bar").write_text(OPEN + rule)
    one = asker(lambda _: Raw(1.0), *entries)
    if not entries:
        one.reading.entries = ()
    found = unmet(load([folder]).units, {"g": one} if guards else {})
    return [f"{finding.code}: {finding.message}" for _, finding in found]


def test_each_lack_of_skill_has_its_name(tmp_path: Path) -> None:
    """No guard, one that nobody calibrated, and one whose skill is too little for the rule."""
    so = "so `j` denies whatever its plain conditions select"
    assert told(tmp_path, RULE, guards=False) == [
        f"judge-no-skill: no guard is set up for `judge`, {so}"
    ]
    assert told(tmp_path, RULE) == [f"guard-uncalibrated: the guard `g` is not calibrated, {so}"]
    assert told(tmp_path, RULE, NOT_ENABLED) == [
        f"judge-no-skill: no guard has shown skill for `money forbids`, {so}"
    ]
    assert told(tmp_path, RULE, SKILLED) == []


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        (RULE.replace(";\n", " mode shadow;\n"), 0),
        (REASON + RULE, 0),
        ('let bad = judge("x" as money forbids) >= 0.8; rule j: ask pay when bad;\n', 1),
        ("rule j: ask pay;\n", 0),
        ('rule j: ask pay when similar(args.a, "b") >= 0.8;\n', 1),
    ],
)
def test_shadow_and_a_reason_are_enough(tmp_path: Path, rule: str, number: int) -> None:
    """A rule in shadow decides nothing, and a person may say why one is in force all the same."""
    assert len(told(tmp_path, rule)) == number

"""Rules that rest on scores which nobody can give are told of at load."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.guarding.unmet import unmet
from app.policy.policies import load
from guards.asking import Asker
from guards.judgement import Raw
from guards.skill.entry import Entry
from guards.skill.reading import Key, Reading
from tests.guards.standing_in import SKILLED, Scripted

OPEN = "policy bank version 1;\nrule a: allow pay;\n"
RULE = 'rule j: deny pay when judge("x" as money forbids) >= 0.8;\n'
REASON = "# lint: ignore BAR408 because the guard is calibrated next week\n"
NOT_ENABLED = replace(SKILLED, clusters=3)


def told(
    folder: Path, rule: str, *entries: Entry, guards: bool = True, of: str = "stand-in"
) -> list[str]:
    (folder / "bank.bar").write_text(OPEN + rule)
    skill = Reading(entries, Key(of, "1", "stand_in"), "calibrated")
    one = Asker("g", Scripted(lambda _: Raw(1.0)), skill)
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


MONEY = 'judge("x" as money forbids) >= 0.8'
TONE = 'let b = judge("y" as tone forbids) >= 0.8;\n'


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (f"{TONE}rule j: deny pay when {MONEY} or b;\n", "`tone forbids`"),
        (f"rule j on result: deny pay when {MONEY};\n", "results and replies get no score"),
        (f"rule j on reply: deny when {MONEY};\n", "results and replies get no score"),
    ],
)
def test_every_score_of_a_rule_counts(tmp_path: Path, rule: str, words: str) -> None:
    """One that is known does not make up for one that stays unknown."""
    (message,) = told(tmp_path, rule, SKILLED)

    assert words in message


def test_a_name_that_a_rule_does_not_use_is_nothing_to_it(tmp_path: Path) -> None:
    """A score without skill that shadow rules alone look at keeps no rule in force back."""
    rules = f"let ok = {MONEY};\n{TONE}rule j: deny pay when ok;\n"

    assert told(tmp_path, rules + "rule s: deny pay when b mode shadow;\n", SKILLED) == []


def test_the_skill_of_another_model_is_none(tmp_path: Path) -> None:
    """A rule is not published on skill that the gateway would not rest on."""
    (message,) = told(tmp_path, RULE, SKILLED, of="another")

    assert "the skill of the guard `g` is of another model or verification" in message

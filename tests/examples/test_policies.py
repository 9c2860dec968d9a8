"""Each policy to learn from is clean, and tested to the last side: true, false and unknown."""

import json
from collections.abc import Mapping
from typing import Final

from jsonschema_rs import Draft202012Validator

from dsl import syntax
from dsl.model import Effect
from tests.examples.library import (
    NAMES,
    POLICIES,
    blocks,
    drawbar,
    each,
    outcomes,
    policy,
    report,
    rules,
)

# What no test can see unknown, and why: all else was.
NEVER_UNKNOWN: Final[Mapping[str, str]] = {
    "present(": "it is there or not",
    "working": "it looks at the clock alone",
    "helping": "it is there or not",
    '"treasury" in subject.roles': "without roles the list is empty",
    '"editor" in subject.roles': "without roles the list is empty",
    "args.subject? has secret": "only what cannot be read is unknown, and no test can write that",
    "args.task? has company": "as above",
    "args.words? has company": "as above",
    'detects(reply, "card")': "a reply is always a text",
}


@each
def test_the_linter_has_nothing_to_say(name: str) -> None:
    """No finding, and none waved through."""
    ran = drawbar("lint", "--strict", str(policy(name)))

    assert (ran.exit_code, ran.output) == (0, "1 file: nothing to report\n")
    assert "lint: ignore" not in policy(name).read_text("utf-8")


@each
def test_the_layout_is_the_canonical_one(name: str) -> None:
    """`drawbar fmt` would change nothing."""
    assert drawbar("fmt", "--check", str(policy(name))).exit_code == 0


@each
def test_all_tests_pass_and_nothing_is_left_untried(name: str) -> None:
    """Each rule decided, and each test of each condition was seen true and false."""
    failed = [str(one) for result in report(name).results for one in result.failures]
    coverage = report(name).coverage

    assert failed == []
    assert coverage.rules_decided == coverage.rules
    assert [one for one in coverage.uncovered if one.sides != ("unknown",)] == []


@each
def test_each_condition_was_seen_unknown(name: str) -> None:
    """What becomes of a call that cannot be judged was tried too, wherever it can be."""
    unseen = [one.text for one in report(name).coverage.uncovered]

    assert [text for text in unseen if not text.startswith(tuple(NEVER_UNKNOWN))] == []


def test_nothing_is_excused_in_vain() -> None:
    """Each text that is said never to be unknown stands in a policy's list of the unseen."""
    unseen = [one.text for name in NAMES for one in report(name).coverage.uncovered]
    used = {known for known in NEVER_UNKNOWN if any(text.startswith(known) for text in unseen)}

    assert used == set(NEVER_UNKNOWN)


@each
def test_each_conditional_allow_has_a_twin_that_does_not_pass(name: str) -> None:
    """A call of a tool passes by a rule with a condition, and another call of it is stopped."""
    conditional = {
        rule.name for rule in rules(name) if rule.effect is Effect.ALLOW and rule.condition
    }
    passed = {tool for tool, expect in outcomes(name) if expect.rule in conditional}
    stopped = {tool for tool, expect in outcomes(name) if expect.effect is not Effect.ALLOW}

    assert passed - stopped == set()


@each
def test_attacks_are_tests_and_are_named_so(name: str) -> None:
    """A reader finds at least four attacks, and each ends with a call that does not pass."""
    attacks = [test for test in blocks(name) if test.name.startswith("attack: ")]
    passed = []
    for test in attacks:
        last = test.steps[-1]
        assert isinstance(last, syntax.Expect)
        passed += [test.name] if last.effect is Effect.ALLOW else []

    assert len(attacks) >= 4
    assert passed == []


@each
def test_who_is_stopped_is_told_why(name: str) -> None:
    """Every `ask` and `deny` has words for the person or the agent."""
    silent = [
        rule.name
        for rule in rules(name)
        if rule.effect is not Effect.ALLOW and not (rule.because or rule.reply)
    ]

    assert silent == []


@each
def test_the_tools_file_is_what_a_server_lists(name: str) -> None:
    """Every tool has a name of its own, a description, and a closed and valid schema."""
    tools = json.loads((POLICIES / name / f"{name}.tools.json").read_text("utf-8"))["tools"]

    assert len({tool["name"] for tool in tools}) == len(tools)
    for tool in tools:
        assert tool["description"].endswith(".")
        assert tool["inputSchema"]["type"] == "object"
        assert tool["inputSchema"]["additionalProperties"] is False
        Draft202012Validator(tool["inputSchema"])


def test_the_handbook_of_the_airline_is_held() -> None:
    """Each sentence of the handbook is the source of a rule, and each source is a sentence."""
    text = (POLICIES / "support" / "handbook.md").read_text("utf-8")
    lines = enumerate(text.splitlines(), start=1)
    sentences = {number for number, line in lines if line.startswith("- ")}
    sources = [rule.source for rule in rules("support") if rule.source]

    assert {source.file for source in sources} == {"handbook.md"}
    assert {source.line for source in sources} == sentences

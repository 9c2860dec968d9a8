"""Each policy to learn from is clean, tested to the last side, and does what its page shows."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result
from jsonschema_rs import Draft202012Validator

from app.cli.main import cli
from dsl import syntax
from dsl.errors import Source
from dsl.model import Effect
from dsl.parse import parse

ROOT: Final = Path(__file__).parents[2]
POLICIES: Final = ROOT / "examples" / "policies"
NAMES: Final = sorted(path.name for path in POLICIES.iterdir() if path.is_dir())

_SHOWN: Final = re.compile(
    r"^```sh exit=(\d)\n(.*?)```\n\n```text\n(.*?)```$", re.MULTILINE | re.DOTALL
)
_ROW: Final = re.compile(r"^\| `(\w+)` \| .+\.", re.MULTILINE)

each = pytest.mark.parametrize("name", NAMES)


def drawbar(*words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(cli, words)


def policy(name: str) -> Path:
    """Return the file of a policy."""
    return POLICIES / name / f"{name}.bar"


def page(name: str) -> str:
    """Return the page beside a policy."""
    return (POLICIES / name / "README.md").read_text("utf-8")


def statements(name: str) -> tuple[syntax.Statement, ...]:
    """Return what a policy says."""
    path = policy(name)
    return parse(Source(path.name, path.read_text("utf-8"))).statements


def rules(name: str) -> list[syntax.Rule]:
    """Return the rules of a policy in their order."""
    return [one for one in statements(name) if isinstance(one, syntax.Rule)]


def outcomes(name: str) -> Iterator[tuple[str, syntax.Expect]]:
    """Yield each expected outcome of a call in a policy's tests, with the call's tool."""
    for test in statements(name):
        if isinstance(test, syntax.TestBlock):
            tool = ""
            for step in test.steps:
                match step:
                    case syntax.TestCall(name):
                        tool = name
                    case syntax.Says("reply"):
                        tool = ""
                    case syntax.Expect(of_result=False) if tool:
                        yield tool, step


@each
def test_the_linter_has_nothing_to_say(name: str) -> None:
    """No finding, and none waved through."""
    ran = drawbar("lint", "--strict", str(policy(name)))

    assert ran.exit_code == 0, ran.output
    assert "lint: ignore" not in policy(name).read_text("utf-8")


@each
def test_the_layout_is_the_canonical_one(name: str) -> None:
    """`drawbar fmt` would change nothing."""
    assert drawbar("fmt", "--check", str(policy(name))).exit_code == 0


@each
def test_all_tests_pass_and_nothing_is_left_untried(name: str) -> None:
    """Each rule decided, and each test of each condition was seen true and false."""
    ran = drawbar("test", "--min-coverage", "100", str(policy(name)))

    assert ran.exit_code == 0, ran.output


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


@each
def test_the_page_has_a_sentence_for_each_rule(name: str) -> None:
    """The table names the rules of the policy, all of them, in their order."""
    assert _ROW.findall(page(name)) == [rule.name for rule in rules(name)]


@each
def test_the_commands_of_the_page_print_what_it_says(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two commands at least, at a fixed time where the policy looks at the clock."""
    monkeypatch.chdir(ROOT)
    shown = _SHOWN.findall(page(name))

    assert len(shown) >= 2
    assert len(shown) == page(name).count("```sh")
    for code, line, text in shown:
        first, *words = shlex.split(line.replace("\\\n", " "))
        assert first == "drawbar"
        ran = drawbar(*words)
        assert (ran.stdout, ran.exit_code) == (text, int(code))


@each
def test_the_page_says_what_it_cannot_see(name: str) -> None:
    """First of all whether it asks about a session, which the running gateway does not keep."""
    assert "## What it cannot see\n\n- **Sessions.** " in page(name)


def test_the_pages_are_found_from_the_documentation() -> None:
    """The index names every folder, and the documentation names the index."""
    index = (POLICIES / "README.md").read_text("utf-8")
    linked = re.findall(r"^\| \[(\w+)\]\(\1/README\.md\) \|", index, re.MULTILINE)

    assert sorted(linked) == NAMES
    assert "(../examples/policies/README.md)" in (ROOT / "docs" / "README.md").read_text("utf-8")

"""The airline's policy says the handbook: every row has its rule, and nothing of the data is in it.

That removing a rule turns exactly its row's tests red is held by `test_requirement_rows.py`, for
all policies that have rows.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

from app.cli.main import cli
from bench.requirements.listing import GUARD_ONLY, HERE, RULE, TOOLS_OWN, read
from bench.requirements.rows import Row, rows
from dsl import syntax
from dsl.model import Effect
from dsl.testing.run import run

LISTING: Final = read(HERE / "airline.toml")
POLICIES: Final = {path.name: bound.policy for path, bound in LISTING.policies.items()}
TOOLS: Final = HERE.parent / "tau2" / "airline.tools.json"
ROWS: Final = [(policy, row) for policy in POLICIES.values() for row in rows(policy).values()]
RULES: Final = [rule for policy in POLICIES.values() for rule in policy.rules]
# Words of the handbook and of the tools, which a policy that speaks of them must use.
VOCABULARY: Final = frozenset(
    [
        "available",
        "basic_economy",
        "business",
        "cancelled",
        "certificate",
        "credit_card",
        "delayed",
        "economy",
        "flying",
        "gift_card",
        "gold",
        "landed",
        "no",
        "one_way",
        "regular",
        "round_trip",
        "silver",
        "yes",
    ]
)

each_file = pytest.mark.parametrize("path", LISTING.policies, ids=POLICIES)
each_row = pytest.mark.parametrize(
    ("policy", "row"), ROWS, ids=[f"{row.id}-{row.rule}" for _, row in ROWS]
)


def data(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file of the public data."""
    folder = os.environ.get("DRAWBAR_EVAL_DATA")
    if not folder:
        pytest.skip("DRAWBAR_EVAL_DATA is not set: no data to hold the policy against")
    lines = Path(folder, "tau2", name).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def drawbar(*words: str) -> int:
    """Run a command in this process; return its exit code."""
    return CliRunner().invoke(cli, words).exit_code


# The files


@each_file
def test_a_policy_is_clean_and_nothing_in_it_is_left_untried(path: Path) -> None:
    """No finding, the canonical layout, and each side of each condition seen by a green test."""
    assert drawbar("lint", "--strict", str(path)) == 0
    assert drawbar("fmt", "--check", str(path)) == 0
    assert drawbar("test", "--min-coverage", "100", str(path)) == 0


def test_every_rule_names_its_line_of_the_handbook() -> None:
    """The rule of a row points to the row's own line, and no two rows share a rule."""
    lines = {rule.name: rule.source and (rule.source.file, rule.source.line) for rule in RULES}

    assert [name for name, line in lines.items() if line is None] == []
    assert {row.id: lines[row.rule] for _, row in ROWS} == {
        row.id: ("policy.md", int(row.id[1:])) for _, row in ROWS
    }
    assert len({row.rule for _, row in ROWS}) == len(ROWS)


def test_who_is_refused_is_told_why() -> None:
    """Every rule in force that refuses or asks has words for the agent or the person."""
    silent = [
        rule.name
        for rule in RULES
        if rule.effect is not Effect.ALLOW and not rule.shadow and not (rule.reply or rule.because)
    ]

    assert silent == []


# A near twin


@dataclass
class Case:
    """What a decision of a test is about, part by part."""

    parts: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    called: tuple[str, ...] = ()

    def decided(self, **about: Any) -> dict[str, Any]:
        """Return all parts of what a step asks for."""
        return {**self.parts, "said": tuple(self.words), **about}


def decisions(policy: syntax.Policy, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield what each call and each reply of some tests is about."""
    for test in policy.tests:
        case = Case()
        for step in test.steps if test.name in names else ():
            match step:
                case syntax.Given(what, name, value):
                    case.parts[f"{what} {name}"] = value
                case syntax.Says("user", text):
                    case.words.append(text)
                case syntax.Says(_, text):
                    yield case.decided(reply=text, called=case.called)
                case syntax.TestCall(tool, args):
                    yield case.decided(tool=tool, **{f"args.{name}": one for name, one in args})
                    case.called = (*case.called, tool)


def apart(one: dict[str, Any], other: dict[str, Any]) -> int:
    """Count the parts that differ."""
    return sum(one.get(name) != other.get(name) for name in one.keys() | other.keys())


@each_row
def test_a_row_has_a_near_twin_that_passes(policy: syntax.Policy, row: Row) -> None:
    """Stopped and passing call differ in one part; where flights change, in what is known of them.

    A confirmed call is no twin that a test could show, so the twin of L7 is a look at the same
    reservation: another tool, and its arguments.
    """
    most = {"L7": 4, "L111": 2}.get(row.id, 1)
    pairs = (
        apart(stopped, passing)
        for stopped in decisions(policy, row.stops)
        for passing in decisions(policy, row.passes)
    )

    assert min(pairs) <= most


# What is the tools' own


def test_no_rule_contradicts_what_the_tools_settle_themselves() -> None:
    """Calls that rest on the tool pass, and no rule claims the line."""
    own = LISTING.of(TOOLS_OWN)
    tests = {
        result.name: result.passed
        for bound in LISTING.policies.values()
        for result in run(bound).results
    }
    wanted = {
        test.name: [step.effect for step in test.steps if isinstance(step, syntax.Expect)]
        for policy in POLICIES.values()
        for test in policy.tests
    }

    for row in own:
        (name,) = (name for name in tests if name.startswith(f"{row} own: "))
        assert tests[name]
        assert wanted[name] == [Effect.ALLOW]
    lines = {f"L{rule.source.line}" for rule in RULES if rule.source is not None}
    assert lines & set(own) == set()


# Against the data


@pytest.mark.evaldata
def test_every_sentence_that_a_rule_can_say_has_one() -> None:
    """What is enforceable has a rule, a stop and a twin, or is the tool's; the rest is watched."""
    found = [row for row in data("requirements.jsonl") if row["benchmark"] == "tau2-airline"]
    enforceable = [row["id"] for row in found if row["status"].startswith("enforceable")]
    watched = [row["id"] for row in found if row["status"] == "not_enforceable"]

    assert sorted(enforceable) == sorted(LISTING.of(RULE) + LISTING.of(TOOLS_OWN))
    assert {row.id for _, row in ROWS if row.stops and row.passes} == set(LISTING.of(RULE))
    assert sorted(watched) == sorted(LISTING.of(GUARD_ONLY))


@pytest.mark.evaldata
def test_every_rule_points_to_a_sentence() -> None:
    """A line that a rule names is a line of the handbook with words in it."""
    (handbook,) = (one["text"] for one in data("policies.jsonl") if one["domain"] == "airline")
    lines = handbook.splitlines()

    assert [rule.name for rule in RULES if rule.source and not lines[rule.source.line - 1]] == []


def shape(tool: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema says of names: arguments, the needed ones, what a list's items hold."""
    items = {
        name: sorted(_properties(whole["items"], tool["$defs"]))
        for name, whole in tool["properties"].items()
        if "items" in whole
    }
    return {
        "arguments": {
            name: sorted(one.get("enum", [])) for name, one in tool["properties"].items()
        },
        "required": sorted(tool.get("required", [])),
        "items": items,
    }


def _properties(items: dict[str, Any], defs: dict[str, Any]) -> set[str]:
    """Return the names that an item of a list may have, through its references."""
    own = set(items.get("properties", {}))
    if "$ref" in items:
        own |= _properties(defs[items["$ref"].removeprefix("#/$defs/")], defs)
    return own.union(*(_properties(one, defs) for one in items.get("anyOf", ())))


def declared() -> dict[str, dict[str, Any]]:
    """Return the schemas of our tools file by name."""
    tools = json.loads(TOOLS.read_text("utf-8"))["tools"]
    return {tool["name"]: tool["inputSchema"] for tool in tools}


@pytest.mark.evaldata
def test_the_tools_carry_the_names_of_the_benchmark() -> None:
    """Same tools, arguments, needed ones, choices, and the same names inside lists."""
    theirs = {
        tool["name"]: shape(tool["schema"]["parameters"])
        for tool in data("tools.jsonl")
        if tool["domain"] == "airline"
    }

    assert {name: shape(schema) for name, schema in declared().items()} == theirs


def test_what_is_open_in_the_benchmark_is_open_here() -> None:
    """Calls are closed, items of lists are open, so that rules and not schemas refuse them."""
    for schema in declared().values():
        assert schema["additionalProperties"] is False
        for item in schema.get("$defs", {}).values():
            assert item["additionalProperties"] is True
            assert set(map(str, item["properties"].values())) == {"{}"}
            assert "required" not in item


def leaves(value: Any) -> Iterator[str]:
    """Yield every text in a value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, str):
        yield value.lower()


@pytest.mark.evaldata
def test_no_value_of_the_benchmark_stands_in_a_policy() -> None:
    """No user, reservation, flight, airport or payment of the data is named, in tests neither."""
    calls = data("airline_write_calls_labelled.jsonl")
    tasks = [one for one in data("tasks.jsonl") if one["domain"] == "airline"]
    theirs = {leaf for one in calls for leaf in leaves([one["args"], one["context"]])}
    theirs |= {leaf for task in tasks for leaf in leaves(task)} - set(declared())
    theirs -= VOCABULARY
    ours = "\n".join(path.read_text("utf-8").lower() for path in (*LISTING.policies, TOOLS))
    quoted = {json.loads(text) for text in re.findall(r'"(?:[^"\\\n]|\\.)*"', ours)}

    assert len(theirs) > 1000
    assert theirs & quoted == set()

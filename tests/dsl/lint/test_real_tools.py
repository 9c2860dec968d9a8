"""The linter on tools that others wrote: schemas that programs made, names that people gave."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dsl import parse, toolspec
from dsl.checks import schematypes
from dsl.errors import Source
from dsl.lint import wording
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.lint.schemas import lacks, listed_at, schema_at
from dsl.toolspec import Tools
from tests.expect import HEADER

pytestmark = pytest.mark.evaldata
# What is true of some value of a type, written as people do; `P` stands for the argument.
TESTS = {
    "string": 'P starts_with "secret"',
    "integer": "P > 1000",
    "number": "P > 1000",
    "boolean": "P == true",
    "array": "len(P) > 20",
}


def agentdojo(folder: Path) -> Iterator[list[dict[str, Any]]]:
    suites = json.loads((folder / "agentdojo" / "tool_schemas_v1.2.2.json").read_text("utf-8"))
    for tools in suites.values():
        yield [{"name": one["name"], "inputSchema": one["parameters"]} for one in tools]


def tau2(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "tau2" / "tools.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def airline(folder: Path) -> list[dict[str, Any]]:
    tools = (one for one in tau2(folder) if one["domain"] == "airline")
    return [{"name": one["name"], "inputSchema": one["schema"]["parameters"]} for one in tools]


def suites(folder: Path) -> Iterator[Tools]:
    for listed in (*agentdojo(folder), airline(folder)):
        tools = toolspec.read(Source("t.json", json.dumps(listed)))
        assert not tools.hidden
        yield tools


def refusals(tools: Tools, *, careful: bool) -> tuple[list[str], int]:
    """Return a `deny` for each argument, and how many of these may be absent."""
    rules: list[str] = []
    optional = 0
    places = [(tool, name) for tool in tools.by_name.values() for name in tool.arguments()]
    for tool, name in places:
        if listed_at(tool, (name,)):
            continue
        schema = schema_at(tool, (name,))
        test = TESTS.get(str(schema.get("type")), "present(P)").replace("P", f"args.{name}")
        may_lack = any(lacks(tool, (name,))) and "present" not in test
        optional += may_lack
        guard = f"present(args.{name}) and " if careful and may_lack else ""
        rules.append(f'rule d{len(rules)}: deny {tool.name} when {guard}{test} because "no";')
    return rules, optional


def codes(tools: Tools, rules: list[str]) -> list[str]:
    source = Source("p.bar", HEADER + "\n".join(rules))
    policy, broken = parse.read(source)
    assert policy is not None
    broken = broken or schematypes.check(policy, tools)
    return [one.code for one in lint(Unit(source, policy, tuple(broken), tools))]


def test_a_careful_policy_on_real_tools_has_no_findings(eval_data: Path) -> None:
    """Readers are allowed, all else is asked about, and each optional argument is asked for."""
    for tools in suites(eval_data):
        rules, _ = refusals(tools, careful=True)
        for tool in tools.by_name.values():
            reads = wording.reads_only(tool.name) and "url" not in tool.arguments()
            rules.append(f"rule {tool.name}: {'allow' if reads else 'ask'} {tool.name};")

        assert set(codes(tools, rules)) <= {"BAR605"}  # that it has no tests


def test_each_optional_argument_of_real_tools_is_told(eval_data: Path) -> None:
    """Without `present` there is one finding for each test of an argument that may be absent."""
    seen = 0
    for tools in suites(eval_data):
        rules, optional = refusals(tools, careful=False)

        assert codes(tools, rules).count("BAR403") == optional
        seen += optional

    assert seen > 10


def test_what_a_real_tool_does_is_not_taken_for_its_opposite(eval_data: Path) -> None:
    """By the labels of a benchmark: no reader changes something, and no writer only reads."""
    for one in tau2(eval_data):
        if one["type"] == "read":
            assert wording.changing(one["name"]) is None, one["name"]
        if one["type"] == "write":
            assert not wording.reads_only(one["name"]), one["name"]


def test_a_writer_says_that_it_changes_something(eval_data: Path) -> None:
    """By the same labels: the verb of each tool that writes is known."""
    writers = [one["name"] for one in tau2(eval_data) if one["type"] == "write"]

    assert [name for name in writers if wording.changing(name) is None] == []

"""The policies of the suites are clean, tested to the last side, and of the suites' real tools."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from app.policy import policies
from bench.agentdojo.suites import ENDS, SUITES, Suite
from dsl import selectors
from dsl.model import ToolCall
from dsl.testing.run import TestReport, run
from tests.examples.library import drawbar

WRITTEN: Final = [one for one in SUITES if one.written]
PATHS: Final = [*(one.policy for one in WRITTEN), *sorted(ENDS.glob("*.bar"))]
SCHEMAS: Final = "agentdojo/tool_schemas_v1.2.2.json"

each = pytest.mark.parametrize("path", PATHS, ids=lambda one: one.stem)
each_suite = pytest.mark.parametrize("suite", WRITTEN, ids=lambda one: one.name)


def _report(path: Path) -> TestReport:
    return run(policies.load([path]).bound[0])


@each
def test_the_linter_has_nothing_to_say(path: Path) -> None:
    """No finding in any policy, not even a warning, and the layout is the canonical one."""
    assert drawbar("lint", "--strict", str(path)).exit_code == 0
    assert drawbar("fmt", "--check", str(path)).exit_code == 0


@each
def test_all_tests_of_a_policy_pass(path: Path) -> None:
    """Every test in the file holds."""
    assert [str(one) for result in _report(path).results for one in result.failures] == []


@each_suite
def test_nothing_in_a_policy_is_untried(suite: Suite) -> None:
    """Each rule decided, and each test of each condition was seen true and false."""
    coverage = _report(suite.policy).coverage

    assert coverage.rules_decided == coverage.rules
    assert [one for one in coverage.uncovered if one.sides != ("unknown",)] == []


@pytest.mark.parametrize(
    "suite", [one for one in WRITTEN if one.role == "open"], ids=lambda one: one.name
)
def test_a_policy_says_something_of_each_tool(suite: Suite) -> None:
    """No tool of a suite is left to the default: somebody thought of it."""
    (bound,) = policies.load([suite.policy]).bound
    assert bound.tools is not None
    left = [
        name
        for name in bound.tools.by_name
        if not any(
            selectors.selects(one.selector, ToolCall("c", name, {})) for one in bound.policy.rules
        )
    ]

    assert left == []


@pytest.mark.evaldata
@each_suite
def test_the_tools_are_those_of_the_suite(suite: Suite, eval_data: Path) -> None:
    """Our words for the tools, but their names, arguments and types."""
    real = json.loads((eval_data / SCHEMAS).read_text("utf-8"))[suite.name]
    ours = json.loads(suite.tools.read_text("utf-8"))["tools"]

    assert {one["name"]: _shape(one["inputSchema"]) for one in ours} == {
        one["name"]: _shape(one["parameters"]) for one in real
    }


def _shape(schema: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return which arguments of which types there are, and which must be there."""
    found = schema.get("properties", {})
    types = {name: _types(one, schema.get("$defs", {})) for name, one in found.items()}
    return types, sorted(schema.get("required", ()))


def _types(schema: dict[str, Any], defined: dict[str, Any]) -> list[str]:
    parts = [
        defined[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        for one in schema.get("anyOf", [schema])
    ]
    named = [one["type"] for one in parts]
    return sorted(one for some in named for one in (some if isinstance(some, list) else [some]))

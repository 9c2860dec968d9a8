"""The rules in CEL: one expression a tool, which the host looks up by the tool's name.

The parts of an `or` are put into a tree of even depth: a chain of a thousand is refused.
"""

import json
from collections.abc import Sequence

from bench.speed.languages.even import joined
from bench.speed.rules import COMPARED, Check, Rule, by_tool


def render(rules: Sequence[Rule]) -> str:
    """Write the expression of each tool, as JSON."""
    return json.dumps({tool: _expression(own) for tool, own in by_tool(rules).items()})


def _expression(rules: Sequence[Rule]) -> str:
    allows = joined([_tests(rule) for rule in rules if rule.allows], "||")
    denies = joined([_tests(rule) for rule in rules if not rule.allows], "||")
    return f"{allows or 'false'} && !({denies})" if denies else allows


def _tests(rule: Rule) -> str:
    return f"({' && '.join(tested(test, 'args') for test in rule.tests)})"


def tested(test: Check, arguments: str) -> str:
    """Write a test on an argument that stands under a name."""
    place, value = f"{arguments}.{test.argument}", json.dumps(test.value)
    if test.operator in COMPARED:
        return f"{place} {test.operator} {value}"
    if test.operator == "in":
        return f"{place} in {value}"
    if test.operator == "matches":
        return f"{place}.matches(r'^(?:{test.value})$')"
    words = {"starts_with": "startsWith", "ends_with": "endsWith"}
    return f"{place}.{words.get(test.operator, test.operator)}({value})"

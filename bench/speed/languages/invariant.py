"""The rules for Invariant, which knows denials alone: a call is refused that no rule allows."""

import json
from collections.abc import Iterator, Sequence

from bench.speed.languages.even import joined
from bench.speed.rules import COMPARED, Check, Rule, by_tool


def render(rules: Sequence[Rule]) -> str:
    """Write one denial for what is unknown, one a tool, and one a rule that denies."""
    return "\n".join(_denials(by_tool(rules)))


def _denials(tools: dict[str, list[Rule]]) -> Iterator[str]:
    allowed = [tool for tool, rules in tools.items() if any(one.allows for one in rules)]
    named = f"not (call.function.name in {json.dumps(allowed)})"
    yield f'raise "no such tool" if:\n    (call: ToolCall)\n    {named}\n'
    for tool, rules in tools.items():
        allows = joined([_tests(rule) for rule in rules if rule.allows], "or")
        if allows:
            yield _denial(f"no rule of {tool}", tool, f"not {allows}")
        for rule in rules:
            if not rule.allows:
                yield _denial(rule.name, tool, *map(_test, rule.tests))


def _denial(name: str, tool: str, *lines: str) -> str:
    """Write lines that must all hold; one that began with a parenthesis would join the tool."""
    head = f'raise "{name}" if:\n    (call: ToolCall)\n    call is tool:{tool}\n'
    return head + "".join(f"    {line}\n" for line in lines)


def _tests(rule: Rule) -> str:
    return joined([f"({_test(test)})" for test in rule.tests], "and")


def _test(test: Check) -> str:
    place, value = f"call.function.arguments.{test.argument}", test.value
    if test.operator in COMPARED:
        return f"{place} {test.operator} {json.dumps(value)}"
    if test.operator == "in":
        return f"{place} in {json.dumps(value)}"
    if test.operator == "contains":
        return f"{json.dumps(value)} in {place}"
    if test.operator == "matches":
        pattern = rf"(?:{value})\Z"
    elif test.operator == "ends_with":
        pattern = rf".*{value.replace('.', '[.]')}\Z"
    else:
        pattern = f"{value}.*"
    return f'match("{pattern}", {place})'

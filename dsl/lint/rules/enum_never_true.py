"""A test wants a value that the tools file does not list for the argument.

Why: a call with any other value is denied before the rules, so the test never holds. An `allow`
with it allows nothing, and what a `deny` should refuse passes.
Avoid: rule careful: ask deploy when args.environment == "prod";
Prefer: rule careful: ask deploy when args.environment == "production";
Fix: none, the nearest listed value is offered.
"""

from collections.abc import Iterator
from typing import Any

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.reading import Asked, Reading, schema_at
from dsl.lint.rule import LintRule, Unit, once
from dsl.lint.rules.unknown_tool import nearest

LINT_RULE = LintRule(code="BAR203", name="enum-never-true", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find texts that no tool of the rule lists for the argument."""
    return once(_found(unit.reading))


def _found(reading: Reading) -> Iterator[Finding]:
    for rule in reading.rules:
        for one in reading.asked(rule.condition):
            for left, texts in _wanted(one):
                listed = _listed(reading, rule, left, one)
                if listed and not any(text.value in listed for text in texts):
                    shown = ", ".join(f"`{value}`" for value in listed)
                    message = f"the tools file lists no `{texts[0].value}` here: {shown}"
                    hint = nearest(texts[0].value, listed)
                    yield LINT_RULE.at(texts[0].span, message, hint)


def _wanted(one: Asked) -> Iterator[tuple[syntax.Operand, list[syntax.Constant]]]:
    """Yield what is compared, and the texts of which it must be one."""
    match one.test:
        case syntax.Comparison(left, "==" | "!=", syntax.Constant(str()) as right):
            yield left, [right]
        case syntax.Comparison(syntax.Constant(str()) as left, "==" | "!=", right):
            yield right, [left]
        case syntax.Membership(left, syntax.ListOf(items)):
            texts = [item for item in items if isinstance(item, syntax.Constant)]
            if texts and len(texts) == len(items) and all(isinstance(t.value, str) for t in texts):
                yield left, texts


def _listed(
    reading: Reading, rule: syntax.Rule, left: syntax.Operand, one: Asked
) -> list[str] | None:
    """Return the values that all tools of a rule together list, if each of them lists any."""
    place = reading.place(left, one.bound)
    if place is None or reading.kind(rule, place):
        return None
    found: list[str] = []
    for tool in reading.tools(rule):
        if not tool.closed or place[0] in tool.arguments():
            values: Any = schema_at(tool, place).get("enum")
            if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
                return None
            found += values
    return list(dict.fromkeys(found))

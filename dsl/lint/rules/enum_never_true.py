"""A test wants a value that the tools file does not list for the argument.

Why: a call with any other value is denied before the rules, so the test never holds. An `allow`
with it allows nothing, and what a `deny` should refuse passes.
Avoid: rule careful: ask deploy when args.environment == "prod";
Prefer: rule careful: ask deploy when args.environment == "production";
Fix: unsafe, writes the nearest listed value, where one is near.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from dsl import patterns, syntax
from dsl.errors import Finding
from dsl.lint.reading import Asked, Reading
from dsl.lint.rule import LintRule, Unit, once
from dsl.lint.rules.unknown_tool import nearest
from dsl.lint.schemas import listed_at

LINT_RULE = LintRule(code="BAR203", name="enum-never-true", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find values that no tool of the rule lists for the argument."""
    return once(_found(unit.reading))


def _found(reading: Reading) -> Iterator[Finding]:
    for rule in reading.rules:
        for one in reading.asked(rule.condition):
            for left, wanted in _wanted(reading, one):
                listed = _listed(reading, rule, left, one)
                if listed and wanted:
                    yield from _unlisted(wanted, listed)
            if isinstance(one.test, syntax.TextMatch | syntax.PatternMatch):
                yield from _in_vain(reading, rule, one, one.test)


def _wanted(reading: Reading, one: Asked) -> Iterator[tuple[syntax.Operand, list[syntax.Constant]]]:
    """Yield what is compared, and the constants of which it must be one."""
    match one.test:
        case syntax.Comparison(left, "==" | "!=", right):
            for side, other in ((left, right), (right, left)):
                constant = _resolved(reading, other)
                if isinstance(constant, syntax.Constant):
                    yield side, [constant]
        case syntax.Membership(left, right):
            named = _resolved(reading, right)
            items = named.items if isinstance(named, syntax.ListOf) else ()
            constants = [item for item in items if isinstance(item, syntax.Constant)]
            if len(constants) == len(items):
                yield left, constants


def _resolved(reading: Reading, node: Any) -> Any:
    if isinstance(node, syntax.Path) and not node.steps and node.root in reading.lets:
        return reading.lets[node.root]
    return node


def _unlisted(wanted: Sequence[syntax.Constant], listed: Sequence[Any]) -> Iterator[Finding]:
    """Report where none is listed; where some are, only what is nearly one of the others."""
    out = [one for one in wanted if not any(_same(one.value, value) for value in listed)]
    left = [value for value in listed if not any(_same(one.value, value) for one in wanted)]
    some = len(out) < len(wanted)
    for one in out if some else out[:1]:
        hint = _near(one.value, left if some else listed)
        if hint or not some:
            message = f"the tools file lists no `{one.value}` here: {_shown(listed)}"
            yield LINT_RULE.at(one.span, message, hint or "write one of these")


def _same(value: object, other: object) -> bool:
    """Tell whether two values are equal; a truth is no number."""
    return isinstance(value, bool) is isinstance(other, bool) and value == other


def _near(value: object, listed: Sequence[Any]) -> str | None:
    texts = [one for one in listed if isinstance(one, str)]
    if not isinstance(value, str) or not value:
        return None
    begins = [one for one in texts if one.lower().startswith(value.lower())]
    return f"did you mean `{begins[0]}`?" if len(begins) == 1 else nearest(value, texts)


def _in_vain(
    reading: Reading, rule: syntax.Rule, one: Asked, test: syntax.TextMatch | syntax.PatternMatch
) -> Iterator[Finding]:
    """Find a test of the text that none of the listed values passes."""
    listed = _listed(reading, rule, test.left, one, by_kind=False)
    looked_for = test.pattern if isinstance(test, syntax.PatternMatch) else test.right
    text = getattr(looked_for, "value", looked_for)
    if listed and isinstance(text, str) and all(isinstance(value, str) for value in listed):
        operator = "matches" if isinstance(test, syntax.PatternMatch) else test.operator
        if not any(_passes(value, operator, text) for value in listed):
            message = f"none of the values that the tools file lists passes this: {_shown(listed)}"
            yield LINT_RULE.at(test.span, message, "write it so that one of these passes")


def _passes(value: str, operator: str, text: str) -> bool:
    match operator:
        case "contains":
            return text in value
        case "starts_with":
            return value.startswith(text)
        case "ends_with":
            return value.endswith(text)
        case "like":
            return patterns.whole(patterns.from_glob(text), value)
    return patterns.whole(text, value)


def _shown(listed: Sequence[Any]) -> str:
    return ", ".join(f"`{value}`" for value in listed)


def _listed(
    reading: Reading, rule: syntax.Rule, left: object, one: Asked, *, by_kind: bool = True
) -> list[Any]:
    """Return the values that all tools of a rule together list, if each of them lists any."""
    place = reading.place(left, one.bound)
    if place is None or (by_kind and reading.kind(rule, place)):
        return []
    found: list[Any] = []
    for tool in reading.tools(rule):
        if not tool.closed or place[0] in tool.arguments():
            values = listed_at(tool, place)
            if not values:
                return []
            found += [value for value in values if not any(_same(value, two) for two in found)]
    return found

"""The rules of a policy as plain values: what every engine's policy is written from.

Only what all these engines have a word for in some form is read; anything else raises, so no
engine is given less than Drawbar is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from dsl import parse, syntax
from dsl.errors import Source

Operator = Literal["==", "<=", ">=", "in", "starts_with", "ends_with", "contains", "matches"]
COMPARED: Final = ("==", "<=", ">=")


class NotPlain(Exception):
    """A policy says what the other engines' policies are not written for."""


class Lacks(Exception):
    """An engine has no word for what a rule says; the text is the word that is missing."""


@dataclass(frozen=True, slots=True)
class Check:
    """One test on an argument."""

    argument: str
    operator: Operator
    value: Any


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule on one tool; all of its tests must pass."""

    name: str
    allows: bool
    tool: str
    tests: tuple[Check, ...]


def read(text: str) -> list[Rule]:
    """Read a policy that denies by default."""
    policy = parse.parse(Source("bench.bar", text))
    return [_rule(one) for one in policy.rules]


def by_tool(rules: Iterable[Rule]) -> dict[str, list[Rule]]:
    """Return the rules of each tool, in their order."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.tool, []).append(rule)
    return found


def _rule(rule: syntax.Rule) -> Rule:
    patterns = rule.selector.patterns
    if len(patterns) != 1 or rule.effect not in {"allow", "deny"} or rule.condition is None:
        raise NotPlain(f"rule {rule.name}")
    condition = rule.condition
    parts = condition.parts if isinstance(condition, syntax.And) else (condition,)
    return Rule(rule.name, rule.effect == "allow", patterns[0].text, tuple(_tests(parts)))


def _tests(parts: Iterable[syntax.Condition]) -> Iterator[Check]:
    for part in parts:
        match part:
            case syntax.Comparison(left, "==" | "<=" | ">=" as operator, syntax.Constant(value)):
                yield Check(_argument(left), operator, value)
            case syntax.Membership(left, syntax.ListOf(items), negated=False):
                yield Check(_argument(left), "in", tuple(_constant(one) for one in items))
            case syntax.TextMatch(left, operator, syntax.Constant(value)) if operator != "like":
                yield Check(_argument(left), operator, value)
            case syntax.PatternMatch(left, pattern):
                yield Check(_argument(left), "matches", pattern)
            case _:
                raise NotPlain(str(part))


def _argument(operand: syntax.Operand) -> str:
    match operand:
        case syntax.Path("args", (str(name),)):
            return name
    raise NotPlain(str(operand))


def _constant(operand: syntax.Operand) -> Any:
    if isinstance(operand, syntax.Constant):
        return operand.value
    raise NotPlain(str(operand))

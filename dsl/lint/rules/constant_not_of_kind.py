"""A constant is compared with an argument of a kind, and cannot be read as that kind.

Why: values of a kind are compared in one form that all their spellings have. A constant without
that form equals nothing: the test is false or unknown, whatever the call is.
Avoid: kind send_money.recipient is iban; rule a: ask send_money when args.recipient == "DE12";
Prefer: kind send_money.recipient is name; rule a: ask send_money when args.recipient == "Ada";
Fix: none, the intended value is a guess.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from dsl import kinds, syntax
from dsl.errors import Finding
from dsl.lint.reading import Bound, Reading
from dsl.lint.rule import LintRule, Unit, once

LINT_RULE = LintRule(code="BAR202", name="constant-not-of-kind", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find constants without the form of the kind they are compared as."""
    return once(_found(unit)) if unit.policy and unit.policy.kinds else iter(())


def _found(unit: Unit) -> Iterator[Finding]:
    reading = unit.reading
    for rule in reading.rules:
        for one in reading.asked(rule.condition):
            for left, constant in _compared(reading, one.test):
                kind = _kind(reading, rule, left, one.bound)
                if kind and _unreadable(constant.value, kind):
                    yield _reported(constant, kind)
        for past in reading.nodes(rule.condition, syntax.Past):
            for inner in reading.asked(past.window.where):
                for left, constant in _compared(reading, inner.test):
                    kind = _kind_of_earlier(reading, past, left)
                    if kind and _unreadable(constant.value, kind):
                        yield _reported(constant, kind)


def _reported(constant: syntax.Constant, kind: str) -> Finding:
    message = f"this cannot be read as the kind `{kind}`, so nothing equals it"
    return LINT_RULE.at(
        constant.span, message, f"write a complete `{kind}`, or declare another kind"
    )


def _kind(reading: Reading, rule: syntax.Rule, left: object, bound: Bound) -> str | None:
    place = reading.place(left, bound)
    return reading.kind(rule, place) if place else None


def _kind_of_earlier(reading: Reading, past: syntax.Past, left: object) -> str | None:
    """Return the kind of an earlier call's argument, where one tool is asked about."""
    match left:
        case syntax.Path("past", ("args", *steps)) if len(past.tools) == 1 and steps:
            return reading.kind_in(past.tools[0], tuple(steps))
    return None


def _unreadable(value: object, kind: str) -> bool:
    plain = isinstance(value, str | int | Decimal | datetime) and not isinstance(value, bool)
    return plain and kinds.read(value, kind) is None


def _compared(
    reading: Reading, test: syntax.Test
) -> Iterator[tuple[syntax.Operand, syntax.Constant]]:
    """Yield each constant with what it is compared with, those that names stand for too."""
    match test:
        case syntax.Comparison(left, "==" | "!=", right):
            pairs = [(left, right), (right, left)]
        case syntax.Membership(left, right):
            items = _resolved(reading, right)
            listed = items.items if isinstance(items, syntax.ListOf) else ()
            pairs = [(left, item) for item in listed]
        case _:
            return
    for one, other in pairs:
        if isinstance(constant := _resolved(reading, other), syntax.Constant):
            yield one, constant


def _resolved(reading: Reading, node: Any) -> Any:
    plain = isinstance(node, syntax.Path) and not node.steps
    return reading.lets.get(node.root, node) if plain else node

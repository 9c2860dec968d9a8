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

from dsl import kinds, syntax
from dsl.errors import Finding
from dsl.lint.reading import Reading
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
                place = reading.place(left, one.bound)
                kind = reading.kind(rule, place) if place else None
                if kind and _unreadable(constant.value, kind):
                    message = f"this cannot be read as the kind `{kind}`"
                    yield LINT_RULE.at(constant.span, message)


def _unreadable(value: object, kind: str) -> bool:
    plain = isinstance(value, str | int | Decimal | datetime) and not isinstance(value, bool)
    return plain and kinds.read(value, kind) is None


def _compared(
    reading: Reading, test: syntax.Test
) -> Iterator[tuple[syntax.Operand, syntax.Constant]]:
    """Yield each constant with what it is compared with, those of named lists too."""
    match test:
        case syntax.Comparison(left, "==" | "!=", right):
            pairs = [(left, right), (right, left)]
        case syntax.Membership(left, syntax.Path(name, ())) if name in reading.lets:
            pairs = [(left, item) for item in _items(reading.lets[name])]
        case syntax.Membership(left, right):
            pairs = [(left, item) for item in _items(right)]
        case _:
            return
    yield from ((one, other) for one, other in pairs if isinstance(other, syntax.Constant))


def _items(node: object) -> tuple[syntax.Operand, ...]:
    return node.items if isinstance(node, syntax.ListOf) else ()

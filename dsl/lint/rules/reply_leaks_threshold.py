"""The reply of a `deny` tells the number that a score or a count of calls is tested against.

Why: the reply goes to the agent, and from there perhaps to whoever talked it into the call. Who
knows where the line is stays just below it. The limit of an argument may be told, to be kept.
Avoid: rule a: deny run when count(run within 1h) >= 5 reply "At most 5 an hour.";
Prefer: rule a: deny run when count(run within 1h) >= 5 reply "Too many. Try again later.";
Fix: none, what the agent must know is yours to say.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.reading import Reading
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR409", name="reply-leaks-threshold", level="info", since="0.1")
_TIME: Final = r"\s*(?:s|sec\w*|m|min\w*|h|hours?|d|days?|weeks?|months?)\b"
_NUMBER: Final = re.compile(rf"(?<![\w.{{])(\d+(?:\.\d+)?)(\s?%)?(?![\w}}])(?!{_TIME})")


def check(unit: Unit) -> Iterator[Finding]:
    """Find the thresholds of scores and of earlier calls in replies."""
    reading = unit.reading
    for rule in reading.rules:
        if rule.effect is not Effect.DENY or not rule.reply or not rule.condition:
            continue
        said = dict(_said(rule.reply))
        told = [said[number] for number in _thresholds(reading, rule.condition) if number in said]
        if told:
            message = f"the reply of `{rule.name}` tells its threshold, {told[0]}"
            yield LINT_RULE.at(rule.name_span, message, "say what to do, and not the number")


def _said(reply: str) -> Iterator[tuple[Decimal, str]]:
    """Yield the numbers of a reply; 80% is also the score 0.8."""
    for number, percent in _NUMBER.findall(reply):
        yield Decimal(number) / (100 if percent else 1), f"{number}{percent}"


def _thresholds(reading: Reading, condition: syntax.Condition) -> Iterator[Decimal]:
    for judged in reading.nodes(condition, syntax.Judged):
        yield Decimal(judged.threshold)
    for test in reading.nodes(condition, syntax.Comparison):
        for past, other in ((test.left, test.right), (test.right, test.left)):
            if next(reading.nodes(past, syntax.Past), None) and _is_number(reading, other):
                yield Decimal(_value(reading, other))


def _is_number(reading: Reading, node: object) -> bool:
    value = _value(reading, node)
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _value(reading: Reading, node: Any) -> Any:
    """Return a constant's value, also where a name stands for it."""
    if isinstance(node, syntax.Path) and not node.steps:
        node = reading.lets.get(node.root)
    return node.value if isinstance(node, syntax.Constant) else None

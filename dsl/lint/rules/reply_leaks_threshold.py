"""The reply of a `deny` tells the number that a score or a count of calls is tested against.

Why: the reply goes to the agent, and from there perhaps to whoever talked it into the call. Who
knows where the line is stays just below it. The limit of an argument may be told, to be kept.
Avoid: rule a: deny run when count(run within 1h) >= 5 reply "At most 5 an hour.";
Prefer: rule a: deny run when count(run within 1h) >= 5 reply "Too many. Try again later.";
Fix: none, what the agent must know is yours to say.
"""

import re
from collections.abc import Iterator

from dsl import syntax, walk
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR409", name="reply-leaks-threshold", level="info", since="0.1")
_NUMBER = re.compile(r"(?<![\w.{])\d+(?:\.\d+)?(?![\w}])")


def check(unit: Unit) -> Iterator[Finding]:
    """Find the thresholds of scores and of earlier calls in replies."""
    for rule in unit.reading.rules:
        if rule.effect is Effect.DENY and rule.reply and rule.condition:
            said = set(_NUMBER.findall(rule.reply))
            told = [number for number in _thresholds(rule.condition) if number in said]
            if told:
                message = f"the reply of `{rule.name}` tells its threshold, {told[0]}"
                yield LINT_RULE.at(rule.name_span, message, "say what to do, and not the number")


def _thresholds(condition: syntax.Condition) -> Iterator[str]:
    for judged in walk.nodes(condition, syntax.Judged):
        yield str(judged.threshold)
    for test in walk.nodes(condition, syntax.Comparison):
        if any(isinstance(side, syntax.Past) for side in (test.left, test.right)):
            for constant in walk.nodes((test.left, test.right), syntax.Constant):
                yield str(constant.value)

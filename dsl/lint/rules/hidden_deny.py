"""A `deny` never decides: an `allow` of higher priority takes in all its tools.

Why: whoever reads the policy believes that something is refused, and it is always allowed. The
`allow` has no condition, so nothing is left for the `deny`.
Avoid: rule no_mail: deny get_mail; rule all: allow get_* priority 1;
Prefer: rule no_mail: deny get_mail priority 1; rule all: allow get_*;
Fix: none, which of the two is meant is a guess.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.reading import covers
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR301", name="hidden-deny", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find denials below an allow that takes in all they speak of."""
    reading = unit.reading
    hiding = [rule for rule in reading.rules if _always_allows(rule)]
    for rule in reading.rules if hiding else ():
        if rule.effect is not Effect.DENY or rule.phase != "call" or rule.shadow:
            continue
        if any(reading.nodes(rule.condition, syntax.Judged)):
            continue  # such a rule joins last, whatever has decided
        for other in hiding:
            if other.priority > rule.priority and covers(other.selector, rule.selector):
                message = f"`{rule.name}` never decides: `{other.name}` stands above it"
                hint = f"give it a priority of {other.priority} or more"
                yield LINT_RULE.at(rule.name_span, message, hint)
                break


def _always_allows(rule: syntax.Rule) -> bool:
    plain = rule.effect is Effect.ALLOW and rule.phase == "call" and not rule.shadow
    limited = rule.condition or rule.valid or rule.transforms or rule.duties
    return plain and not limited

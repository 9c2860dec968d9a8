"""A `deny` never decides: an `allow` of higher priority takes in all its calls.

Why: whoever reads the policy believes that something is refused, and it is always allowed. The
`allow` has no condition, or none that the `deny` does not have too, so nothing is left for it.
Avoid: rule no_mail: deny get_mail; rule all: allow get_* priority 1;
Prefer: rule no_mail: deny get_mail priority 1; rule all: allow get_*;
Fix: none, which of the two is meant is a guess.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint import hiding
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR301", name="hidden-deny", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find denials below allows that take in all they speak of."""
    for rule, over in hiding.hidden(unit.reading, Effect.ALLOW):
        hint = f"give it a priority of {max(one.priority for one in over)} or more"
        yield LINT_RULE.at(rule.name_span, hiding.told(rule, over), hint)

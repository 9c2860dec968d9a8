"""A `deny` never decides: an `ask` of higher priority takes in all its calls.

Why: what the policy seems to refuse, a person may approve. Strictness counts among rules of one
priority alone; the `ask` has a higher one, and no condition that the `deny` does not have too.
Avoid: rule no_mail: deny get_mail; rule all: ask get_* priority 1;
Prefer: rule no_mail: deny get_mail priority 1; rule all: ask get_* priority 1;
Fix: none, which of the two is meant is a guess.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint import hiding
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR308", name="deny-below-ask", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find denials below asks that take in all they speak of."""
    for rule, over in hiding.hidden(unit.reading, Effect.ASK):
        message = f"{hiding.told(rule, over)}, so a person may approve what it speaks of"
        hint = f"give it a priority of {max(one.priority for one in over)} or more"
        yield LINT_RULE.at(rule.name_span, message, hint)

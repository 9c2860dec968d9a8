"""The days of a rule are over, so it is never in force again.

Why: an `ask` or `deny` that has ended refuses nothing any more, and reads as if it did. What an
`allow` permitted is denied again, and nobody is told why.
Avoid: rule freeze: deny deploy valid until 2026-01-06;
Prefer: rule freeze: deny deploy valid until 2027-01-06;
Fix: none, whether the rule should go or have other days is yours to say.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR601", name="expired-rule", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find rules whose last day lies before today; without a today, none."""
    for rule in unit.nodes(syntax.Rule) if unit.today else ():
        if rule.valid and rule.valid.last and unit.today and rule.valid.last < unit.today:
            message = f"`{rule.name}` ended on {rule.valid.last}"
            yield LINT_RULE.at(rule.valid.span, message, "remove the rule, or give it other days")

"""A rule ends within 30 days.

Why: a `deny` that ends lets through from one day to the next what it refused. Whoever answers for
the rule should know before.
Avoid: rule freeze: deny deploy valid until 2026-03-20;
Prefer: rule freeze: deny deploy valid until 2027-01-06;
Fix: none, whether that is meant is yours to say.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR604", name="expiring-rule", level="info", since="0.1")
SOON: Final = timedelta(days=30)


def check(unit: Unit) -> Iterator[Finding]:
    """Find rules whose last day is near; without a today, none."""
    for rule in unit.nodes(syntax.Rule) if unit.today else ():
        if rule.valid and rule.valid.last and unit.today:
            left = rule.valid.last - unit.today
            if timedelta() <= left <= SOON:
                yield LINT_RULE.at(rule.valid.span, f"`{rule.name}` ends on {rule.valid.last}")

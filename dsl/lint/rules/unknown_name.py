"""A name stands for nothing: a value, a function, a table, or a rule that a test expects.

Why: a misspelt name would never have a value, and the rule it stands in would always be unknown.
Avoid: rule pay: allow pay when arg.amount <= 100;
Prefer: rule pay: allow pay when args.amount <= 100;
Fix: unsafe, writes the nearest known name, where one is near.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR107", name="unknown-name", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Pass on what the loader refused."""
    return unit.broken_by(LINT_RULE.code)

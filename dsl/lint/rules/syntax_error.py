"""A statement is not written as the language wants it.

Why: a policy with a broken statement is refused as a whole; the one before it stays in force.
Avoid: rule reads: alow read_file;
Prefer: rule reads: allow read_file;
Fix: unsafe, writes the word that is offered, where one is near.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR101", name="syntax-error", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Pass on what the loader refused."""
    return unit.broken_by(LINT_RULE.code)

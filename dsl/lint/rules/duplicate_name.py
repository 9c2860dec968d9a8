"""Two rules or two tests have the same name, or a statement that stands once stands twice.

Why: decisions and records name the rule that decided; one name must mean one rule.
Avoid: rule reads: allow read_file; rule reads: allow list_files;
Prefer: rule reads: allow read_file, list_files;
Fix: none, which of the two is meant is a guess.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR102", name="duplicate-name", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Pass on what the loader refused."""
    return unit.broken_by(LINT_RULE.code)

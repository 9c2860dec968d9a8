"""A test expects a rule that does not exist.

Why: the test can never pass, and the rule it was written for may be gone.
Avoid: test "reading" { call read_file(); expect deny by raeds; }
Prefer: test "reading" { call read_file(); expect deny; }
Fix: none, the intended rule is a guess.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR107", name="unknown-rule", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Pass on what the loader refused."""
    return unit.broken_by(LINT_RULE.code)

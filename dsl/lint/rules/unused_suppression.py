"""A suppression suppresses nothing.

Why: the comment has outlived its cause, and would hide the next mistake of that kind.
Avoid: default deny; # lint: ignore BAR401 because the trial ends in May
Prefer: default deny;
Fix: safe, removes the comment.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR002", name="unused-suppression", level="warning", since="0.1")


def check(_unit: Unit) -> Iterator[Finding]:
    """Yield nothing: `suppress.apply` reports it once the other findings are known."""
    return iter(())

"""A suppression lacks its code or its reason, or names a finding that cannot be suppressed.

Why: whoever reads the policy next must see what was waved through, and why. What makes a policy
unusable (codes 1xx and 2xx) cannot be waved through at all.
Avoid: default allow because "trial"; # lint: ignore BAR401
Prefer: default allow because "trial"; # lint: ignore BAR401 because the trial ends in May
Fix: none, the reason is yours to give.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR001", name="suppression-without-reason", level="error", since="0.1")


def check(_unit: Unit) -> Iterator[Finding]:
    """Yield nothing: `suppress.apply` reports it once the other findings are known."""
    return iter(())

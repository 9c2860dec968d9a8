"""Values of different types are mixed, so the test could only ever be unknown.

Why: a text is neither more nor less than a number. An `allow` with such a test never applies, and
a `deny` or `ask` always does. With a tools file, what the schemas declare of the arguments counts
too, for each tool that the rule takes in.
Avoid: rule office: allow pay when hour(now) == "nine";
Prefer: rule office: allow pay when hour(now) == 9;
Fix: none, the intended value is a guess.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR201", name="type-error", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Pass on what the loader refused."""
    return unit.broken_by(LINT_RULE.code)

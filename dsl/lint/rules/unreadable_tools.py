"""The tools file that a policy names is missing or cannot be used.

Why: without the tools' schemas, calls cannot be checked before the rules; the policy is refused.
Avoid: use tools "no-such-file.json";
Prefer: use tools "starter.tools.json";
Fix: none.
"""

from collections.abc import Iterator

from dsl.errors import Finding, Span
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR109", name="unreadable-tools", level="error", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Pass on what went wrong with the tools file."""
    if unit.tools_fault is not None:
        named = unit.policy.tools_file if unit.policy else None
        yield LINT_RULE.at(named.span if named else Span(0, 0), unit.tools_fault)

"""The tools file that a policy names, or the schema of a tool in it, cannot be used.

Why: without its schema a call cannot be checked before the rules: a policy without its file is
refused, and every call of a tool without its schema is denied.
Avoid: use tools "no-such-file.json";
Prefer: use tools "starter.tools.json";
Fix: none, the file is yours to mend.
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
    for name, reason in unit.tools.hidden.items() if unit.tools else ():
        named = unit.policy.tools_file if unit.policy else None
        message = f"no call of `{name}` can be checked: {reason}"
        yield LINT_RULE.at(named.span if named else Span(0, 0), message)

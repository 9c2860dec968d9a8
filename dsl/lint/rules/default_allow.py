"""A policy allows whatever no rule speaks of.

Why: a tool that is added later, or a name written differently, is then allowed unseen. Denying
by default and allowing what is needed is the safe way round.
Avoid: default allow because "trial";
Prefer: default deny;
Fix: none, the tools to allow are yours to name.
"""

from collections.abc import Iterator

from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR401", name="default-allow", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find a default that allows."""
    default = unit.policy.default if unit.policy else None
    if default is not None and default.effect is Effect.ALLOW:
        hint = "name the tools to allow in a rule, and leave the default at deny"
        yield LINT_RULE.at(default.span, "every call that no rule speaks of is allowed", hint)

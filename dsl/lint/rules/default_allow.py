"""A policy allows whatever no rule speaks of.

Why: a tool that is added later, or a name written differently, is then allowed unseen. Denying
by default and allowing what is needed is the safe way round.
Avoid: default allow because "trial";
Prefer: default deny;
Fix: none, the tools to allow are yours to name.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR401", name="default-allow", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find a default that allows."""
    for default in unit.nodes(syntax.Default):
        if default.effect is Effect.ALLOW:
            hint = "name the tools to allow, and leave the default at deny"
            yield LINT_RULE.at(default.span, "what no rule speaks of is allowed", hint)

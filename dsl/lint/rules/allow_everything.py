"""A rule allows every tool without a condition.

Why: the rule reads like one line among others, and yet it switches the policy off for everything
that no deny catches, tools not yet written included.
Avoid: rule open: allow *;
Prefer: rule reads: allow read_*, list_*;
Fix: none, the tools to allow are yours to name.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR402", name="allow-everything", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find an unconditional allow on `*`."""
    for rule in unit.nodes(syntax.Rule):
        if rule.effect is not Effect.ALLOW or rule.condition is not None:
            continue
        for pattern in rule.selector.patterns:
            if pattern.text in ("*", "*/*"):
                yield LINT_RULE.at(pattern.span, f"`{rule.name}` allows every tool")

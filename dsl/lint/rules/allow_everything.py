"""A rule allows every tool without a condition.

Why: the rule reads like one line among others, and yet it switches the policy off for everything
that no `ask` or `deny` catches, tools that are added later included.
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
    for rule in unit.policy.rules if unit.policy else ():
        if rule.effect is not Effect.ALLOW or rule.phase != "call" or rule.shadow:
            continue  # what a tool gave back passes where no rule applies
        if rule.condition is not None or any(_runs_before(one) for one in rule.duties):
            continue
        for pattern in rule.selector.patterns:
            if not pattern.text.strip("*/"):
                but = " but those behind `except`" if rule.selector.excluded else ""
                hint = "name the tools to allow, or add a condition with `when`"
                yield LINT_RULE.at(pattern.span, f"`{rule.name}` allows every tool{but}", hint)


def _runs_before(duty: syntax.Duty) -> bool:
    return isinstance(duty, syntax.MustCall) and duty.when == "before"

"""A rule asks for a label that the policy does not declare, and a declared one is spelt alike.

Why: nothing carries a misspelt label, so what the rule should refuse passes. A label of another
policy is no mistake, so only names that nearly agree are reported.
Avoid: label get_mail.text as secret; rule a: deny send_email when args.body has secrets;
Prefer: label get_mail.text as secret; rule a: deny send_email when args.body has secret;
Fix: unsafe, writes the nearest known name, where one is near.
"""

from collections.abc import Iterator
from difflib import get_close_matches

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit, once
from dsl.model import Effect

LINT_RULE = LintRule(code="BAR110", name="unknown-label", level="warning", since="0.1")
_ALIKE = 0.8


def check(unit: Unit) -> Iterator[Finding]:
    """Look each label up that an `ask` or `deny` asks for."""
    return once(_found(unit))


def _found(unit: Unit) -> Iterator[Finding]:
    declared = {label.name for label in unit.policy.labels} if unit.policy else set()
    for rule in unit.reading.rules if declared else ():
        if rule.effect is Effect.ALLOW:
            continue
        for test in unit.reading.nodes(rule.condition, syntax.Has):
            near = get_close_matches(test.label, declared, n=1, cutoff=_ALIKE)
            if test.label not in declared and near:
                message = f"no label here is named `{test.label}`"
                yield LINT_RULE.at(test.span, message, f"did you mean `{near[0]}`?")

"""A declared sentence means a rule that can be written down.

Why: of a sentence whose kind was declared, code reads the rule that it means, and decides by that.
Written down, the rule can be read by everybody, and no later reading of the sentence changes it.
Avoid: rule a: deny send_money when judge("Never send more than 100." as num_max forbids) >= 0.5;
Prefer: rule a: deny send_money when args.amount > 100;
Fix: unsafe, writes the rule in place of the sentence: see that the call it names is to be stopped.
"""

from collections.abc import Iterator
from typing import Final

from dsl import syntax, walk
from dsl.errors import Edit, Finding, Fix
from dsl.lint.rule import LintRule, Unit, once
from dsl.model import Effect
from dsl.sentences.rules import name_of
from dsl.sentences.slots import Meant
from dsl.show.expressions import show_expression

LINT_RULE = LintRule(code="BAR417", name="judge-symbolic", level="info", since="0.1")
_JOINED: Final = (syntax.And, syntax.Or, syntax.Quantifier)


def check(unit: Unit) -> Iterator[Finding]:
    """Find declared sentences that mean a rule, and offer it."""
    return once(_found(unit))


def _found(unit: Unit) -> Iterator[Finding]:
    for rule in unit.reading.rules:
        meant = unit.meanings.get(rule.name, {})
        written = {id(one) for one in walk.nodes(rule.condition, syntax.Judged)}
        for judged in unit.reading.nodes(rule.condition, syntax.Judged):
            one = meant.get(name_of(judged))
            if isinstance(one, Meant):
                shown = show_expression(one.condition)
                message = f"this means `{shown}`: it would stop {one.sample}"
                fix = _fix(unit, rule, judged, one) if id(judged) in written else None
                hint = f"write `{shown}`" if fix else "write the rule"
                yield LINT_RULE.at(judged.span, message, hint, fix)


def _fix(unit: Unit, rule: syntax.Rule, judged: syntax.Judged, meant: Meant) -> Fix | None:
    """Return the fix, where the plain rule decides as the sentence does."""
    if not _same_order(unit, rule) or not _counts(judged):
        return None
    shown = show_expression(meant.condition)
    whole = judged is rule.condition or not isinstance(meant.condition, _JOINED)
    return Fix((Edit(judged.span, shown if whole else f"({shown})"),))


def _counts(judged: syntax.Judged) -> bool:
    """Tell whether a sentence that is broken meets the threshold, and one that is not does not."""
    return 0 < judged.threshold <= 1 if judged.operator == ">=" else 0 <= judged.threshold < 1


def _same_order(unit: Unit, rule: syntax.Rule) -> bool:
    """Tell whether it is the same that judged sentences join last, and plain rules with the others.

    A rule of higher priority would go before the plain one, and an `ask` would keep an `allow` of
    the same priority from changing the call.
    """
    others = unit.reading.rules
    if any(one.priority for one in others):
        return False
    return rule.effect is Effect.DENY or not any(one.transforms or one.duties for one in others)

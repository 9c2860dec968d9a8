"""A sentence does not mean a rule of the kind that it was declared as.

Why: code reads the rule in the sentence, and decides by it. Where a slot cannot be filled, where
words as `never` and `only` speak against what was declared, where a word is left that nobody reads,
or where a test of the policy expects something else, the declaration may be wrong.
Avoid: rule a: deny send_money when judge("Never send more than 100." as num_min forbids) >= 0.5;
Prefer: rule a: deny send_money when judge("Never send more than 100." as num_max forbids) >= 0.5;
Fix: none, declare what it is, say it in plainer words, or give a reason why it stands.
"""

from collections.abc import Iterator
from dataclasses import replace

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit, once
from dsl.sentences.kinds import KINDS
from dsl.sentences.meaning import NotMeant, is_declared
from dsl.sentences.rules import name_of
from dsl.show.expressions import show_expression

LINT_RULE = LintRule(code="BAR419", name="judge-kind-doubtful", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find declared sentences that mean no rule, or one that a test disagrees with."""
    return once(_found(unit))


def _found(unit: Unit) -> Iterator[Finding]:
    for rule in unit.reading.rules:
        for judged in unit.reading.nodes(rule.condition, syntax.Judged):
            if not is_declared(judged) or (said := _doubt(unit, rule, judged)) is None:
                continue
            hint = f"a `{judged.kind}` means `{KINDS[str(judged.kind)].rule}`"
            found = LINT_RULE.at(judged.span, said, hint)
            yield replace(found, level="info") if rule.shadow else found


def _doubt(unit: Unit, rule: syntax.Rule, judged: syntax.Judged) -> str | None:
    declared = f"`{judged.kind} {judged.polarity}`"
    one = unit.meanings.get(rule.name, {}).get(name_of(judged))
    if one is None or isinstance(one, NotMeant):
        return f"not read as {declared}: {one.why if one else 'it stands in no rule'}"
    from dsl.sentences.tested import disagrees  # noqa: PLC0415 - runs the policy, which few need

    assert unit.policy is not None  # noqa: S101 - it has rules
    if (test := disagrees(unit.policy, unit.tools, judged)) is not None:
        return f"read as `{show_expression(one.condition)}`, and the test `{test}` disagrees"
    return None

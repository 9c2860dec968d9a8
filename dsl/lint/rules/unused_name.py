"""A `let`, a table or a fact is never used.

Why: it looks like a limit that holds, and no rule asks for it; perhaps a rule was meant to.
Avoid: let payees = ["ada"]; rule pay: ask send_money when args.amount > 100;
Prefer: let payees = ["ada"]; rule pay: ask send_money when args.recipient not in payees;
Fix: unsafe, takes it out; perhaps a rule was meant to use it.
"""

from collections.abc import Iterator
from itertools import chain

from dsl import syntax, walk
from dsl.errors import Finding, Fix
from dsl.lint.fixing import without
from dsl.lint.rule import LintRule, Unit
from dsl.sentences.rules import conditions

LINT_RULE = LintRule(code="BAR603", name="unused-name", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find names that nothing in the policy uses; a fact that a test gives is not used by that."""
    policy = unit.policy
    if policy is None or not unit.reading.rules:
        return
    named: list[syntax.Let | syntax.Table | syntax.Fact]
    named = [*policy.lets, *policy.tables, *policy.facts]
    used = set(_used(unit)) if named else set()
    for one in named:
        word = f"fact.{one.name}" if isinstance(one, syntax.Fact) else one.name
        if word not in used:
            fix = Fix((without(unit.source.text, one.span),))
            message = f"`{word}` is never used"
            yield LINT_RULE.at(one.name_span, message, "use it or remove it", fix)


def _used(unit: Unit) -> Iterator[str]:
    meant = walk.nodes(tuple(conditions(unit.meanings)), syntax.Node)
    for node in chain(unit.nodes(syntax.Node), meant):
        match node:
            case syntax.Path("fact", (name, *_)):
                yield f"fact.{name}"
            case syntax.Path(root):
                yield root
            case syntax.CallOf(name):
                yield name

"""Two rules do the same: effect, tools, condition and clauses are equal.

Why: whoever changes one of them changes nothing, as the other still stands. The order of tools,
of tests joined by `and` or `or`, and of the elements of a list makes no difference.
Avoid: rule a: deny read_file; rule b: deny read_file;
Prefer: rule a: deny read_file;
Fix: unsafe, takes the later one out; look at its reasons first.
"""

from collections.abc import Iterator
from typing import Any, Final

from dsl import syntax
from dsl.errors import Finding, Fix
from dsl.lint.fixing import without
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR303", name="duplicate-rule", level="warning", since="0.1")
_TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def check(unit: Unit) -> Iterator[Finding]:
    """Find rules that an earlier one makes needless."""
    first: dict[object, list[syntax.Rule]] = {}
    for rule in unit.reading.rules:
        same = first.setdefault(_does(rule), [])
        other = next((one for one in same if _may_go(rule, one)), None)
        same.append(rule)
        if other is not None:
            message = f"`{rule.name}` does the same as `{other.name}`"
            hint = f"remove `{rule.name}`, and keep its reasons in `{other.name}`"
            fix = Fix((without(unit.source.text, rule.span),))
            yield LINT_RULE.at(rule.name_span, message, hint, fix)


def _may_go(rule: syntax.Rule, other: syntax.Rule) -> bool:
    """Tell whether nothing is lost without a rule: each may enforce a sentence of its own."""
    return rule.source is None or other.source is None or rule.source == other.source


def _does(rule: syntax.Rule) -> object:
    """Return all that decides; as text, since 1 and `true` are equal numbers."""
    names = frozenset(one.text for one in rule.selector.patterns)
    out = frozenset(one.text for one in rule.selector.excluded)
    clauses = (rule.priority, rule.valid, rule.phase, rule.approver, rule.expires, rule.shadow)
    tests = (_form(rule.condition), _form(rule.selector.where))
    return rule.effect, names, out, repr((*tests, rule.transforms, rule.duties, clauses))


def _form(tree: Any) -> str:
    """Return the same text for conditions that differ in nothing but the order of their parts."""
    match tree:
        case syntax.And(parts) | syntax.Or(parts):
            return f"{type(tree).__name__}{sorted({_form(part) for part in parts})}"
        case syntax.Not(inner):
            return f"Not({_form(inner)})"
        case syntax.Comparison(left, operator, right):
            return f"Test{sorted([(repr(left), operator), (repr(right), _TURNED[operator])])}"
        case syntax.Membership(left, syntax.ListOf(items), negated):
            return f"In({left!r}, {sorted({repr(item) for item in items})}, {negated})"
    return repr(tree)

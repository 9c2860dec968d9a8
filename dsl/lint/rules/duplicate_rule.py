"""Two rules do the same: effect, tools, condition and clauses are equal.

Why: whoever changes one of them changes nothing, as the other still stands.
Avoid: rule a: deny read_file; rule b: deny read_file;
Prefer: rule a: deny read_file;
Fix: none, remove one of them and keep its reasons.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR303", name="duplicate-rule", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find rules that an earlier one makes needless."""
    first: dict[object, syntax.Rule] = {}
    for rule in unit.reading.rules:
        other = first.setdefault(_does(rule), rule)
        if other is not rule:
            message = f"`{rule.name}` does the same as `{other.name}`"
            yield LINT_RULE.at(rule.name_span, message, "remove one of them")


def _does(rule: syntax.Rule) -> object:
    """Return all that decides; as text, since 1 and `true` are equal numbers."""
    names = frozenset(one.text for one in rule.selector.patterns)
    out = frozenset(one.text for one in rule.selector.excluded)
    clauses = (rule.priority, rule.valid, rule.phase, rule.approver, rule.expires, rule.shadow)
    does = (rule.condition, rule.selector.where, rule.transforms, rule.duties, clauses)
    return rule.effect, names, out, repr(does)

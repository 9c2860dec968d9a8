"""Two rules differ in a number alone, and one of them lies within the other.

Why: the wider rule decides all that the narrower one does. Whoever tightens the wider one believes
that the limit has changed, and the other rule still stands with its own.
Avoid: rule a: ask send_money when args.amount > 9; rule b: ask send_money when args.amount > 99;
Prefer: rule a: ask send_money when args.amount > 9;
Fix: none, which of the two limits is meant is a guess.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from dsl import syntax
from dsl.errors import Finding, Span
from dsl.lint.rule import LintRule, Unit
from dsl.model import Effect
from dsl.types import is_number, type_of

LINT_RULE = LintRule(code="BAR306", name="near-duplicate-rule", level="warning", since="0.1")
_GROWS: Final = {"<": True, "<=": True, ">": False, ">=": False}  # with its number on the right


def check(unit: Unit) -> Iterator[Finding]:
    """Find rules of one shape, one of which holds wherever another one does."""
    alike = defaultdict[object, list[_Shape]](list)
    for at, rule in enumerate(unit.reading.rules):
        shape = _Shape(rule, at)
        masked = shape.masked(rule.condition, grows=True)
        if shape.limits:
            alike[_does(rule, masked)].append(shape)
    for shapes in alike.values():
        for one in shapes:
            wider = next((other for other in shapes if one.lies_within(other)), None)
            if wider is not None:
                message = f"`{one.rule.name}` adds nothing to `{wider.rule.name}`, which is wider"
                yield LINT_RULE.at(one.differs(wider), message, "remove one of them")


def _does(rule: syntax.Rule, condition: syntax.Condition) -> str:
    """Return a rule without its words; as text, since 1 and `true` are equal numbers."""
    bare = replace(rule, name="", because=None, reply=None, source=None, owner=None)
    return repr(replace(bare, condition=condition, retryable=None))


@dataclass(slots=True)
class _Shape:
    """A rule without its numbers, and those; the greater a limit, the sooner the rule applies."""

    rule: syntax.Rule
    at: int
    limits: list[Any] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    def lies_within(self, other: "_Shape") -> bool:
        """Tell whether the other rule decides all that this one does, and does not speak first."""
        rule, pairs = self.rule, list(zip(self.limits, other.limits, strict=True))
        if other is self or all(mine == theirs for mine, theirs in pairs):
            return False
        if any(mine > theirs for mine, theirs in pairs):
            return False
        worded = rule.because or rule.reply or rule.source or rule.retryable is not None
        return rule.effect is Effect.ALLOW or not (worded and self.at < other.at)

    def differs(self, other: "_Shape") -> Span:
        """Return the place of the first number that is another one."""
        pairs = zip(self.limits, other.limits, self.spans, strict=True)
        return next(span for mine, theirs, span in pairs if mine != theirs)

    def masked(self, tree: Any, *, grows: bool) -> Any:
        """Return a condition without the numbers of its limits, which are noted."""
        match tree:
            case syntax.And(parts) | syntax.Or(parts):
                return replace(tree, parts=tuple(self.masked(p, grows=grows) for p in parts))
            case syntax.Not(inner):
                return syntax.Not(self.masked(inner, grows=not grows))
            case syntax.Quantifier(kind, _, _, body):
                return replace(tree, body=self.masked(body, grows=grows is not (kind == "none")))
            case syntax.Comparison(_, operator, syntax.Constant() as right) if operator in _GROWS:
                if self._notes(right, grows=grows is _GROWS[operator]):
                    return replace(tree, right=_mask(right))
            case syntax.Comparison(syntax.Constant() as left, operator) if operator in _GROWS:
                if self._notes(left, grows=grows is not _GROWS[operator]):
                    return replace(tree, left=_mask(left))
        return tree

    def _notes(self, constant: syntax.Constant, *, grows: bool) -> bool:
        value = constant.value
        if not (is_number(value) or isinstance(value, timedelta)):
            return False
        self.limits.append(value if grows else -value)
        self.spans.append(constant.span)
        return True


def _mask(constant: syntax.Constant) -> syntax.Constant:
    return syntax.Constant(type_of(constant.value))

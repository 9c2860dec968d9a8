"""A value is compared with itself.

Why: the answer is always the same, where there is one. One of the two sides should be another
value: the limit that was meant is not there.
Avoid: rule own: allow send_money when args.recipient == args.recipient;
Prefer: rule own: allow send_money when args.recipient == subject.id;
Fix: none, the other value is a guess.
"""

from collections.abc import Iterator

from dsl import syntax
from dsl.errors import Finding
from dsl.lint.rule import LintRule, Unit

LINT_RULE = LintRule(code="BAR307", name="compared-with-itself", level="warning", since="0.1")


def check(unit: Unit) -> Iterator[Finding]:
    """Find comparisons with the same value on both sides, and values in a list of themselves."""
    for node in unit.nodes(syntax.Node):
        match node:
            case syntax.Comparison(left, operator, right) if _same(left, right):
                yield from _reported(unit, node, left, so=operator in ("==", "<=", ">="))
            case syntax.Membership(left, syntax.ListOf(items), negated):
                if any(_same(left, item) for item in items):
                    yield from _reported(unit, node, left, so=not negated)
            case syntax.TextMatch(left, _, right) if _same(left, right):
                yield from _reported(unit, node, left, so=True)


def _reported(
    unit: Unit, test: syntax.Node, side: syntax.Operand, *, so: bool
) -> Iterator[Finding]:
    if so or not isinstance(side, syntax.Constant):  # else BAR304
        written = " ".join(unit.source.text[side.span.start : side.span.end].split())
        message = f"`{written}` stands on both sides, so this is never {str(not so).lower()}"
        yield LINT_RULE.at(test.span, message)


def _same(left: object, right: object) -> bool:
    one, other = (repr(side).replace("optional=True", "optional=False") for side in (left, right))
    return one == other

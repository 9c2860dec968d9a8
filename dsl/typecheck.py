"""Finds tests and functions that mix types, and so could only ever be unknown."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dsl import syntax, walk
from dsl.errors import Finding, Span
from dsl.functions import registry
from dsl.types import Type, type_of

_ORDERED = (Type.TEXT, Type.NUMBER, Type.TIME, Type.DURATION, Type.ANY)


def check(statements: Sequence[syntax.Statement]) -> Iterator[Finding]:
    """Yield every place where the types cannot fit, whatever the call is."""
    lets = {s.name: s.value for s in statements if isinstance(s, syntax.Let)}
    types = _Types(lets)
    for statement in statements:
        for node in walk.nodes(statement, syntax.Node):
            yield from types.faults(node)


class _Types:
    """Works out what is known of an expression's type before any call."""

    def __init__(self, lets: Mapping[str, syntax.Expression]) -> None:
        self._lets = lets

    def of(self, node: Any, depth: int = 0) -> Type:
        """Return the type of an expression, `ANY` where only the call can tell."""
        match node:
            case syntax.Constant(value):
                return Type.TIME if hasattr(value, "year") else type_of(value)
            case syntax.ListOf():
                return Type.LIST
            case syntax.CallOf(name):
                found = registry.find(name)
                return found[0].gives if found else Type.ANY
            case syntax.Aggregate("count"):
                return Type.NUMBER
            case syntax.Minus(inner):
                return self.of(inner, depth)
            case syntax.Arithmetic(left, operator, right):
                return self._arithmetic(self.of(left, depth), operator, self.of(right, depth))
            case syntax.Path("now"):
                return Type.TIME
            case syntax.Path("tool"):
                return Type.TEXT
            case syntax.Path(root, ()) if root in self._lets and depth < 8:  # noqa: PLR2004
                return self.of(self._lets[root], depth + 1)
            case syntax.Path() | syntax.Aggregate():
                return Type.ANY
            case _:
                return Type.TRUTH

    def _arithmetic(self, left: Type, operator: str, right: Type) -> Type:
        if Type.ANY in (left, right):
            return Type.ANY
        if Type.TIME in (left, right):
            both = left is right
            return Type.DURATION if both and operator == "-" else Type.TIME
        return left if left is right else Type.ANY

    def faults(self, node: syntax.Node) -> Iterator[Finding]:
        """Yield what is wrong with one node; its parts are looked at by themselves."""
        match node:
            case syntax.Comparison(left, operator, right):
                yield from self._comparison(node.span, self.of(left), operator, self.of(right))
            case syntax.TextMatch(left, _, right):
                yield from self._wants(Type.TEXT, left, right)
            case syntax.PatternMatch(left):
                yield from self._wants(Type.TEXT, left)
            case syntax.Membership(left, right):
                yield from self._membership(left, right)
            case syntax.Quantifier(_, _, items) | syntax.Aggregate(_, _, items):
                yield from self._wants(Type.LIST, items)
            case syntax.Holds(inner):
                yield from self._wants(Type.TRUTH, inner)
            case syntax.CallOf(name, arguments) if found := registry.find(name):
                for wanted, argument in zip(found[0].takes, arguments, strict=False):
                    yield from self._wants(wanted, argument)
            case syntax.Arithmetic(left, operator, right):
                yield from self._calculation(node.span, self.of(left), operator, self.of(right))

    def _wants(self, wanted: Type, *nodes: syntax.Operand) -> Iterator[Finding]:
        for node in nodes:
            found = self.of(node)
            if Type.ANY not in (wanted, found) and found is not wanted:
                message = f"a {wanted} belongs here, and this is a {found}"
                yield Finding("BAR201", message, node.span)

    def _comparison(self, span: Span, left: Type, operator: str, right: Type) -> Iterator[Finding]:
        if Type.ANY not in (left, right) and left is not right:
            yield Finding("BAR201", f"a {left} and a {right} cannot be compared", span)
            return
        known = left if right is Type.ANY else right
        if operator in ("==", "!=") and known is Type.TRUTH:
            return
        if known not in _ORDERED:
            yield Finding("BAR201", f"`{operator}` does not compare a {known}", span)

    def _membership(self, left: syntax.Operand, right: Any) -> Iterator[Finding]:
        if isinstance(right, syntax.Range):
            yield from self._comparison(right.span, self.of(left), "<=", self.of(right.low))
            yield from self._comparison(right.span, self.of(left), "<=", self.of(right.high))
        elif isinstance(right, syntax.ListOf):
            for item in right.items:
                yield from self._comparison(item.span, self.of(left), "==", self.of(item))
        else:
            yield from self._wants(Type.LIST, right)

    def _calculation(self, span: Span, left: Type, operator: str, right: Type) -> Iterator[Finding]:
        if Type.ANY in (left, right) or (left, operator, right) in _CALCULATIONS:
            return
        yield Finding("BAR201", f"`{operator}` has no result for a {left} and a {right}", span)


_CALCULATIONS = {
    *((Type.NUMBER, sign, Type.NUMBER) for sign in "+-*/"),
    (Type.NUMBER, "*", Type.PERCENT),
    (Type.TIME, "+", Type.DURATION),
    (Type.DURATION, "+", Type.TIME),
    (Type.TIME, "-", Type.DURATION),
    (Type.TIME, "-", Type.TIME),
    (Type.DURATION, "+", Type.DURATION),
    (Type.DURATION, "-", Type.DURATION),
}

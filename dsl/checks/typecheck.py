"""Finds tests and functions that mix types, and so could only ever be unknown."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dsl import syntax, walk
from dsl.checks.environment import Among, Environment
from dsl.errors import Finding, Span
from dsl.evaluation.origin import QUESTIONS
from dsl.functions import registry
from dsl.types import Type, type_of

_MAX_LEANING = 8
_PAST = {"count": Type.NUMBER, "sum": Type.NUMBER, "last": Type.OBJECT, "first": Type.OBJECT}
_ORDERED = (Type.TEXT, Type.NUMBER, Type.TIME, Type.DURATION, Type.ANY)


def check(statements: Sequence[syntax.Statement]) -> Iterator[Finding]:
    """Yield every place where the types cannot fit, whatever the call is."""
    lets = types_of({s.name: s.value for s in statements if isinstance(s, syntax.Let)})
    among = Environment(lets).among()
    for statement in statements:
        yield from faults(statement, among)


def faults(statement: syntax.Statement, among: Among) -> Iterator[Finding]:
    """Yield every place in one statement where the types cannot fit."""
    types = Types(among_lets(among.lets))
    for node in walk.nodes(statement, syntax.Node):
        yield from types.faults(node)


def types_of(lets: Mapping[str, syntax.Expression]) -> tuple[tuple[str, Type], ...]:
    """Return the type of each let; those that lean on many others in a row are left open."""
    types = dict.fromkeys(lets, Type.ANY)
    for _ in range(_MAX_LEANING):
        better = {name: Types(among_lets(types)).of(value) for name, value in lets.items()}
        if types == better:
            break
        types = better
    return tuple(types.items())


Place = syntax.Path | syntax.FieldOf
TypeOfPlace = Callable[[Place], Type]


def among_lets(lets: Mapping[str, Type]) -> TypeOfPlace:
    """Return what is known of places without any schema: the types of lets."""

    def found(node: Place) -> Type:
        if isinstance(node, syntax.Path) and not node.steps:
            return lets.get(node.root, Type.ANY)
        return Type.ANY

    return found


class Types:
    """Works out what is known of an expression's type before any call.

    `place` tells the type of what stands at a path. `by_kind` tells of an operand that it is
    compared in the form of its declared kind, which values of different types may share.
    """

    def __init__(
        self, place: TypeOfPlace, by_kind: Callable[[syntax.Operand], bool] = lambda _: False
    ) -> None:
        self._place, self._by_kind = place, by_kind

    def of(self, node: Any) -> Type:
        """Return the type of an expression, `ANY` where only the call can tell."""
        match node:
            case syntax.Constant(value):
                return Type.TIME if hasattr(value, "year") else type_of(value)
            case syntax.ListOf():
                return Type.LIST
            case syntax.CallOf(name) if name in QUESTIONS:
                return QUESTIONS[name][1]
            case syntax.Past(name):
                return _PAST.get(name, Type.TRUTH)
            case syntax.CallOf(name):
                found = registry.find(name)
                return found[0].gives if found else Type.ANY
            case syntax.Aggregate("count"):
                return Type.NUMBER
            case syntax.Minus(inner):
                return self.of(inner)
            case syntax.Arithmetic(left, operator, right):
                return self._arithmetic(self.of(left), operator, self.of(right))
            case syntax.Path("now"):
                return Type.TIME
            case syntax.Path("tool"):
                return Type.TEXT
            case syntax.Path() | syntax.FieldOf():
                return self._place(node)
            case syntax.Aggregate():
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
            case syntax.Comparison(left, "==" | "!=", right) if self._by_kinds(left, right):
                return
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
            case syntax.Label(_, _, syntax.Path() as named):
                if (given := self.of(named)) not in (Type.TEXT, Type.LIST, Type.ANY):
                    message = f"addresses belong here, and this is {a(given)}"
                    yield Finding("BAR201", message, named.span)
            case syntax.Past("sum", body=syntax.Node() as body):
                yield from self._wants(Type.NUMBER, body)
            case syntax.CallOf(name, arguments) if name in QUESTIONS:
                for wanted, argument in zip(QUESTIONS[name][0], arguments, strict=False):
                    yield from self._wants(wanted, argument)
            case syntax.CallOf(name, arguments) if found := registry.find(name):
                for wanted, argument in zip(found[0].takes, arguments, strict=False):
                    yield from self._wants(wanted, argument)
            case syntax.Arithmetic(left, operator, right):
                yield from self._calculation(node.span, self.of(left), operator, self.of(right))

    def _wants(self, wanted: Type, *nodes: syntax.Operand) -> Iterator[Finding]:
        for node in nodes:
            found = self.of(node)
            if Type.ANY not in (wanted, found) and found is not wanted:
                message = f"{a(wanted)} belongs here, and this is {a(found)}"
                yield Finding("BAR201", message, node.span)

    def _comparison(self, span: Span, left: Type, operator: str, right: Type) -> Iterator[Finding]:
        if Type.ANY not in (left, right) and left is not right:
            yield Finding("BAR201", f"{a(left)} and {a(right)} cannot be compared", span)
            return
        known = left if right is Type.ANY else right
        if operator in ("==", "!=") and known is Type.TRUTH:
            return
        if known not in _ORDERED:
            yield Finding("BAR201", f"`{operator}` does not compare {a(known)}", span)

    def _membership(self, left: syntax.Operand, right: Any) -> Iterator[Finding]:
        if isinstance(right, syntax.Range):
            yield from self._comparison(right.span, self.of(left), "<=", self.of(right.low))
            yield from self._comparison(right.span, self.of(left), "<=", self.of(right.high))
        elif isinstance(right, syntax.ListOf):
            for item in (one for one in right.items if not self._by_kinds(left, one)):
                yield from self._comparison(item.span, self.of(left), "==", self.of(item))
        else:
            yield from self._wants(Type.LIST, right)
            if (each := self._element(right)) is not Type.ANY and not self._by_kinds(left, right):
                yield from self._comparison(right.span, self.of(left), "==", each)

    def _element(self, items: syntax.Operand) -> Type:
        """Return the type of a list's elements, where it is the same for all."""
        if isinstance(items, syntax.Path) and syntax.EACH not in items.steps:
            return self._place(replace(items, steps=(*items.steps, 0)))
        return Type.ANY

    def _by_kinds(self, *nodes: syntax.Operand) -> bool:
        return any(map(self._by_kind, nodes))

    def _calculation(self, span: Span, left: Type, operator: str, right: Type) -> Iterator[Finding]:
        if Type.ANY in (left, right) or (left, operator, right) in _CALCULATIONS:
            return
        message = f"`{operator}` has no result for {a(left)} and {a(right)}"
        yield Finding("BAR201", message, span)


def a(one: Type) -> str:
    """Return the words for a value of a type."""
    return f"an {one}" if one is Type.OBJECT else f"a {one}"


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

"""Checks that every name in a policy's expressions stands for something."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from importlib import import_module
from typing import Any, Final

from dsl import syntax, walk
from dsl.build_expressions import ROOTS, near
from dsl.errors import Finding, Span
from dsl.functions import registry

MAX_DEPTH: Final = 100


def check(statements: Sequence[syntax.Statement]) -> Iterator[Finding]:
    """Find names that are not known, taken twice, or go round in circles."""
    lets = {s.name: s for s in statements if isinstance(s, syntax.Let)}
    tables = {s.name: s for s in statements if isinstance(s, syntax.Table)}
    yield from _taken(statements)
    yield from _circles(lets)
    for statement in statements:
        expression = _expression(statement)
        if expression is not None:
            yield from _Names(lets, tables).look(expression, frozenset())


def _expression(statement: syntax.Statement) -> syntax.Expression | None:
    if isinstance(statement, syntax.Rule):
        return statement.condition
    return statement.value if isinstance(statement, syntax.Let) else None


def _taken(statements: Sequence[syntax.Statement]) -> Iterator[Finding]:
    for s in statements:
        if isinstance(s, syntax.Let | syntax.Table) and (
            s.name in ROOTS or s.name in registry.NAMES
        ):
            yield Finding("BAR102", f"the language itself has a `{s.name}`", s.name_span)


def _circles(lets: Mapping[str, syntax.Let]) -> Iterator[Finding]:
    """Refuse names that lead back to themselves, or through too many others."""
    depths: dict[str, int] = {}

    def depth(name: str, above: tuple[str, ...]) -> int:
        if name in above or len(above) > MAX_DEPTH:
            return MAX_DEPTH + 1
        if name not in depths:
            inner = [path.root for path in walk.nodes(lets[name].value, syntax.Path)]
            below = [depth(root, (*above, name)) for root in inner if root in lets]
            depths[name] = _depth(lets[name].value) + max(below, default=0)
        return depths[name]

    for name, let in lets.items():
        if depth(name, ()) > MAX_DEPTH:
            message = f"`{name}` leads back to itself, or is nested too deeply"
            yield Finding("BAR107", message, let.name_span)


def _depth(node: object) -> int:
    if isinstance(node, tuple):
        return max(map(_depth, node), default=0)
    if not isinstance(node, syntax.Node):
        return 0
    return 1 + max((_depth(getattr(node, field.name)) for field in fields(node)), default=0)


class _Names:
    """Looks at one expression; `bound` are the names of list elements around a place."""

    def __init__(self, lets: Mapping[str, Any], tables: Mapping[str, syntax.Table]) -> None:
        self._lets, self._tables = lets, tables

    def look(self, node: Any, bound: frozenset[str]) -> Iterator[Finding]:
        """Yield what is wrong in a node and below it."""
        match node:
            case syntax.Path():
                yield from self._path(node, bound)
            case syntax.Quantifier(_, variable, items, body):
                yield from self._each(node.span, variable, items, body, bound)
            case syntax.Aggregate(_, variable, items, body):
                yield from self._each(node.span, variable, items, body, bound)
            case syntax.CallOf():
                yield from self._call(node)
                for argument in node.arguments:
                    yield from self.look(argument, bound)
            case tuple():
                for item in node:
                    yield from self.look(item, bound)
            case syntax.Node():
                for field in fields(node):
                    yield from self.look(getattr(node, field.name), bound)

    def _path(self, path: syntax.Path, bound: frozenset[str]) -> Iterator[Finding]:
        known = {*ROOTS, *self._lets, *bound}
        if path.root not in known:
            hint = near(path.root, known) or "values start with " + ", ".join(ROOTS)
            span = Span(path.span.start, path.span.start + len(path.root))
            yield Finding("BAR107", f"there is no value named `{path.root}`", span, help=hint)

    def _each(
        self, span: Span, variable: str, items: Any, body: Any, bound: frozenset[str]
    ) -> Iterator[Finding]:
        yield from self.look(items, bound)
        if variable in ROOTS or variable in self._lets or variable in bound:
            hint = "choose another name for the element"
            yield Finding("BAR102", f"`{variable}` already stands for something", span, help=hint)
        yield from self.look(body, bound | {variable})

    def _call(self, call: syntax.CallOf) -> Iterator[Finding]:
        if call.name in self._tables:
            rows = self._tables[call.name].rows
            wanted = len(rows[0].key) if rows else len(call.arguments)
        elif found := registry.find(call.name):
            wanted = len(found[0].takes)
        else:
            span = Span(call.span.start, call.span.start + len(call.name))
            hint = near(call.name, {*registry.NAMES, *self._tables})
            message = f"there is no function or table named `{call.name}`"
            yield Finding("BAR107", message, span, help=hint)
            return
        yield from _detector(call)
        if wanted != len(call.arguments):
            takes = "one value" if wanted == 1 else f"{wanted} values"
            yield Finding("BAR107", f"`{call.name}` takes {takes}", call.span)


def _detector(call: syntax.CallOf) -> Iterator[Finding]:
    """Refuse a detector that does not exist, where its name is written out."""
    match call:
        case syntax.CallOf("detects", (_, syntax.Constant(str() as name) as written)):
            known = import_module("dsl.detect.registry").names()  # only for policies that detect
            if name not in known:
                hint = near(name, known) or "there are " + ", ".join(sorted(known))
                yield Finding("BAR107", f"there is no detector `{name}`", written.span, help=hint)

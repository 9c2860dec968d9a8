"""Visits every node of a tree."""

from collections.abc import Iterator
from dataclasses import Field, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, TypeVar, get_args, get_origin

from dsl import syntax
from dsl.errors import Span
from dsl.model import Effect, SourceLine

N = TypeVar("N", bound=syntax.Node)
_LEAVES: Final = frozenset({str, int, bool, type(None), Decimal, Effect})


def nodes(tree: object, kind: type[N]) -> Iterator[N]:
    """Yield the nodes of one kind, in the order they are written."""
    todo: list[Any] = [tree]
    while todo:
        part = todo.pop()
        if part.__class__ is tuple:
            todo.extend(part[::-1])
            continue
        if isinstance(part, kind):
            yield part
        for name in _PARTS[part.__class__]:
            inner = getattr(part, name)
            if inner.__class__ not in _LEAVES:
                todo.append(inner)


def children(node: syntax.Node) -> tuple[Any, ...]:
    """Return what stands directly in a node and may hold nodes, in the order it is written."""
    found = [getattr(node, name) for name in reversed(_PARTS[node.__class__])]
    return tuple([inner for inner in found if inner.__class__ not in _LEAVES])


class _Parts(dict[type, tuple[str, ...]]):
    """The fields of each class of nodes that may hold nodes, the last one first."""

    def __missing__(self, kind: type) -> tuple[str, ...]:
        node = issubclass(kind, syntax.Node | syntax.Policy)
        names = [f.name for f in fields(kind) if _may_hold_nodes(f)] if node else []
        self[kind] = tuple(reversed(names))
        return self[kind]


_PARTS: Final = _Parts()
_NEVER: Final = frozenset({*_LEAVES, Span, SourceLine, date, timedelta, datetime})


def _may_hold_nodes(field: "Field[Any]") -> bool:
    """Tell whether nodes can stand in a field, from what it is declared to hold."""
    todo: list[Any] = [field.type]
    while todo:
        kind = todo.pop()
        inner = () if get_origin(kind) is Literal else get_args(kind)
        if not inner and get_origin(kind) is not Literal and kind not in (*_NEVER, ...):
            return True
        todo += inner
    return False


def tests(condition: syntax.Condition | None) -> Iterator[syntax.Test]:
    """Yield the tests that a condition is joined of."""
    return (test for test, _ in turned_tests(condition))


def turned_tests(
    condition: syntax.Condition | None, *, turned: bool = False
) -> Iterator[tuple[syntax.Test, bool]]:
    """Yield the tests that a condition is joined of, and whether a `not` turns each."""
    match condition:
        case None:
            return
        case syntax.And(parts) | syntax.Or(parts):
            for part in parts:
                yield from turned_tests(part, turned=turned)
        case syntax.Not(inner):
            yield from turned_tests(inner, turned=not turned)
        case _:
            yield condition, turned

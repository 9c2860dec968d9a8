"""Visits every node of a tree."""

from collections.abc import Hashable, Iterator
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, cast

from dsl import syntax

N = TypeVar("N", bound=syntax.Node)


def nodes(tree: object, kind: type[N]) -> Iterator[N]:
    """Yield the nodes of one kind, in the order they are written."""
    todo = [tree]
    while todo:
        part = todo.pop()
        if isinstance(part, kind):
            yield part
        if isinstance(part, tuple):
            todo.extend(reversed(part))
        elif isinstance(part, syntax.Node | syntax.Policy):
            todo.extend(getattr(part, name) for name in _parts(cast("Hashable", type(part))))


@cache
def _parts(kind: Hashable) -> tuple[str, ...]:
    """Return the fields of a node that may hold nodes, the last one first."""
    named = (f.name for f in fields(cast("Any", kind)) if "span" not in f.name)
    return tuple(reversed(tuple(named)))


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

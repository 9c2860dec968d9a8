"""Visits every node of a tree."""

from collections.abc import Iterator
from dataclasses import fields
from typing import TypeVar

from dsl import syntax

N = TypeVar("N", bound=syntax.Node)


def nodes(tree: object, kind: type[N]) -> Iterator[N]:
    """Yield the nodes of one kind, in the order they are written."""
    if isinstance(tree, kind):
        yield tree
    if isinstance(tree, tuple):
        for item in tree:
            yield from nodes(item, kind)
    elif isinstance(tree, syntax.Node | syntax.Policy):
        for field in fields(tree):
            yield from nodes(getattr(tree, field.name), kind)

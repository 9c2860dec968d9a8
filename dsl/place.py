"""Where things stand in the whole text: nodes alone say only where in their statement."""

from collections.abc import Hashable, Iterator
from dataclasses import fields, replace
from functools import cache
from itertools import repeat
from typing import Any, TypeVar, cast

from dsl import syntax
from dsl.errors import Span

S = TypeVar("S", bound=syntax.Statement)


def placed(policy: syntax.Policy) -> syntax.Policy:
    """Return a policy all of whose spans count from the start of the text."""
    if not policy.starts:
        return policy
    pairs = zip(policy.starts, policy.statements, strict=True)
    statements = tuple([_rebuild(statement, start) for start, statement in pairs])
    header = next(one for one in statements if isinstance(one, syntax.Header))
    return replace(policy, header=header, statements=statements, starts=())


def located(policy: syntax.Policy, kind: type[S]) -> Iterator[tuple[int, S]]:
    """Yield the statements of one kind, each with its start: what its spans count from."""
    for start, statement in zip(policy.starts or repeat(0), policy.statements, strict=False):
        if isinstance(statement, kind):
            yield start, statement


def _moved(part: Any, by: int) -> Any:
    """Return a part of a tree with every span in it moved."""
    if isinstance(part, Span):
        return part.moved(by)
    if isinstance(part, tuple):
        return tuple([_moved(item, by) for item in part])
    if isinstance(part, syntax.Node):
        return _rebuild(part, by)
    return part


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(cast("Any", kind)))


def _rebuild(node: Any, by: int) -> Any:
    parts = {}
    for name in _names(cast("Hashable", type(node))):
        part = getattr(node, name)
        parts[name] = _moved(part, by) if isinstance(part, (Span, tuple, syntax.Node)) else part
    return type(node)(**parts)

"""The words for what an expression reads, and values that may be unknown."""

from collections.abc import Iterator
from typing import Any

from dsl import syntax
from dsl.model import Cause
from dsl.types import Unknown


def words(node: Any) -> str:
    """Name the first value of the call that an expression reads."""
    if isinstance(node, syntax.Path):
        return str(node).rstrip("?")
    if isinstance(node, syntax.Past):
        return f"{node.name}({', '.join(node.tools)})"
    for child in _children(node):
        if found := words(child):
            return found
    return ""


def _children(node: object) -> Iterator[Any]:
    for name in getattr(node, "__match_args__", ()):
        value = getattr(node, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, syntax.Node):
                yield one


def known(value: Any | Cause, node: syntax.Expression) -> Any | Unknown:
    """Return a value, or unknown for the cause that there is none."""
    return Unknown(value, words(node)) if isinstance(value, Cause) else value


def all_known(values: list[Any]) -> list[Any] | Unknown:
    """Return values, or the first of them that is unknown."""
    return next((value for value in values if isinstance(value, Unknown)), values)

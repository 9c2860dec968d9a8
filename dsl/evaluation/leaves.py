"""Takes a value apart: the texts, numbers and times inside it, each with its place and kind."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from dsl import syntax, unreadable
from dsl.evaluation.naming import words
from dsl.evaluation.scope import Scope, kind_of
from dsl.model import Cause
from dsl.state import Argument
from dsl.types import Interval, Unknown, Unreadable

STEPS: Final = 40  # what asking about one value costs of a rule's budget

_Steps = tuple[str | int, ...]


def leaves(value: Any, place: _Steps = ()) -> Iterator[tuple[Any, _Steps]]:
    """Yield the texts, numbers and times inside a value; truth values come from nowhere."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, (*place, name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner, (*place, syntax.EACH))
    elif value is not None and not isinstance(value, bool):
        yield value, place


class Leaf(NamedTuple):
    """A value without others in it, with its kind and the argument it stands in."""

    value: Any
    kind: str | None
    at: Argument | None


def leaves_of(node: syntax.Operand, value: Any, scope: Scope) -> list[Leaf] | Unknown:
    """Return the leaves of a value, each with its kind: of an empty list or object, none."""
    found = list(leaves(value))
    if not found and not isinstance(value, list | tuple | Mapping):
        return Unknown(Cause.WRONG_TYPE, words(node))
    for leaf, _ in found:
        partly = isinstance(leaf, str) and unreadable.holds_some(leaf)
        if partly or isinstance(leaf, Unreadable | Interval):
            cause = Cause.PENDING if isinstance(leaf, Interval) else Cause.UNREADABLE
            return Unknown(cause, words(node))
    if not scope.purse.afford(*(leaf for leaf, _ in found), steps=STEPS * len(found)):
        return Unknown(Cause.TOO_MUCH, words(node))
    places = ((leaf, scope.argument(_below(node, place)), len(place)) for leaf, place in found)
    return [Leaf(leaf, _kind_at(at, depth, scope), at) for leaf, at, depth in places]


def _kind_at(at: Argument | None, depth: int, scope: Scope) -> str | None:
    """Return the kind that is declared where a leaf stands, else nearest around it.

    A value that is put so much deeper than it belongs is still one of its kind. Where none is
    declared, the format that the tool's schema gives it counts.
    """
    if at is None:
        return None
    names, steps = scope.names, at.steps
    last = max(len(steps) - depth, 0)
    around = [at._replace(steps=steps[:end]) for end in range(len(steps) - 1, last - 1, -1)]
    told = (kind_of(some, one) for some in (names.kinds, names.formats) for one in (at, *around))
    return next((kind for kind in told if kind), None)


def _below(node: syntax.Operand, place: _Steps) -> syntax.Operand | None:
    """Return the path to a leaf inside the value of another one."""
    if isinstance(node, syntax.Path):
        return syntax.Path(node.root, (*node.steps, *place))
    if isinstance(node, syntax.FieldOf):
        return syntax.FieldOf(node.whole, (*node.steps, *place))
    return None


def names(value: Any) -> Iterator[str]:
    """Yield the names of members inside a value."""
    if isinstance(value, Mapping):
        yield from value
    inner = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping | list | tuple):
        for one in inner:
            yield from names(one)

"""What stands in a value: leaves, names and rows; and which places a policy names."""

from collections.abc import Iterator, Mapping
from typing import Any

from dsl import syntax, unreadable
from dsl.types import Unreadable

Place = tuple[str | int, ...]


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield the texts and numbers inside a value, with their places.

    Of a text with a part that cannot be read the rest is one leaf, and the part another.
    """
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from leaves(inner, (*place, key))
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from leaves(inner, (*place, at))
    elif isinstance(value, str) and unreadable.holds_some(value):
        yield place, unreadable.without(value)
        yield place, Unreadable("base64")
    elif value is not None and not isinstance(value, bool):
        yield place, value


def names(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield the names of members inside a value, with the place of the object they stand in."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield place, key
            yield from names(inner, (*place, key))
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from names(inner, (*place, at))


def rows(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects inside a value, the outer ones first."""
    if isinstance(value, Mapping):
        yield value
    inner = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping | list | tuple):
        for one in inner:
            yield from rows(one)


def beside(row: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the leaves that are siblings in a row.

    These are its fields, the elements of its lists, and the fields of an object in one of these two
    places, if that is no row of its own kind: one with a field of the same name.
    """
    for inner in row.values():
        for one in inner if isinstance(inner, list | tuple) else [inner]:
            if not isinstance(one, Mapping):
                yield from (leaf for place, leaf in leaves(one) if not place)
            elif not row.keys() & one.keys():
                yield from (leaf for place, leaf in leaves(one) if len(place) == 1)


def covers(declared: syntax.ToolField, place: Place) -> bool:
    """Tell whether a declared field is the place, or lies around it."""
    wanted = declared.steps
    if len(wanted) > len(place):
        return False
    pairs = zip(wanted, place, strict=False)
    return all(
        step in (syntax.EACH, here) if isinstance(here, int) else step == here
        for step, here in pairs
    )


def holds_a_riddle(value: Any) -> bool:
    """Tell whether something that nobody can read stands in a value."""
    return any(isinstance(leaf, Unreadable) for _, leaf in leaves(value))

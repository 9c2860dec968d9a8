"""How a call differs from the one of its tool that was approved last."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.approvals.showing import pointer
from dsl import strictjson


class Change(NamedTuple):
    """A place of the arguments that held something else; None where there was nothing."""

    path: str
    before: str | None
    now: str | None


def difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Return where two sets of arguments differ, each value in its canonical form."""
    old, new = dict(values(before)), dict(values(now))
    paths = [*new, *(path for path in old if path not in new)]
    changes = (Change(path, old.get(path), new.get(path)) for path in paths)
    return [one for one in changes if one.before != one.now]


def values(value: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str, str]]:
    """Return every value that holds no others, with its place."""
    if isinstance(value, Mapping) and value:
        pairs: Any = value.items()
    elif isinstance(value, list | tuple) and value:
        pairs = enumerate(value)
    else:
        return [(pointer(place) or "/", strictjson.canonical(value))]
    return [one for key, inner in pairs for one in values(inner, (*place, key))]

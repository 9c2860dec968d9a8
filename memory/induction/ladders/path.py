"""Paths: this one, all in a directory, all of an ending."""

import re
from collections.abc import Iterator
from typing import Any, Final

from dsl import syntax
from dsl.canonical import path as paths
from memory.induction.ladders.step import MOST, Around, equal, is_short

_LEAST_DEEP: Final = 2
_ENDING: Final = re.compile(r"[^/]+\.([A-Za-z0-9]{1,8})")


def path(value: syntax.Operand, seen: Any, _around: Around) -> Iterator[syntax.Condition]:
    """Yield the path itself, then what lies around it."""
    if not isinstance(seen, str) or not is_short(seen):
        return
    yield equal(value, seen)
    canonical = paths.canonical(seen)
    if canonical is None:
        return
    for directory in _around_it(canonical):
        yield syntax.Holds(syntax.CallOf("under", (value, syntax.Constant(directory))))
    ending = _ENDING.fullmatch(canonical.rpartition("/")[2])
    if ending is not None:
        yield syntax.TextMatch(value, "like", syntax.Constant(f"*.{ending[1]}"))


def _around_it(canonical: str) -> list[str]:
    """Return the directories around an absolute path, the nearest first."""
    if not canonical.startswith("/"):
        return []
    segments = canonical.split("/")[1:-1]
    ends = range(len(segments), _LEAST_DEEP - 1, -1)
    return ["/" + "/".join(segments[:end]) for end in ends][:MOST]

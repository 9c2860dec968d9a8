"""Which values no condition of memory tells apart, so that the engine is asked about one of them.

Conditions name values of reported cases alone, and what lies around these. So of the values that
were never reported all ids are alike, all e-mail addresses of a domain, all URLs of a host, all
files of a directory with one ending, all texts that differ in digits alone, and all numbers between
two round ones. Of other sorts each value stands for itself.
"""

import re
from collections.abc import Hashable
from decimal import Decimal
from typing import Any, Final

from dsl import syntax, walk
from dsl.canonical import email as emails
from dsl.canonical import path as paths
from dsl.canonical import url as urls
from memory.induction.field import Field, Sort
from memory.induction.ladders.number import below

_DIGIT: Final = re.compile("[0-9]")


def key(value: Any, field: Field | None) -> Hashable:
    """Return what a value shares with those that it is alike to."""
    raw = itself(value)
    if field is None or field.many or field.has_kind:
        return raw
    match value:
        case bool():
            return raw
        case int() | Decimal() if field.sort is Sort.NUMBER:
            return _between(Decimal(value))
        case str() if field.sort is Sort.ID:
            return "another text"
        case str() if field.sort is Sort.EMAIL:
            parts = emails.read(value)
            return raw if parts is None else f"at {parts[1]}"
        case str() if field.sort is Sort.URL:
            found = urls.read(value)
            return raw if found is None else f"at {found.host}"
        case str() if field.sort is Sort.PATH:
            return _beside(value) if value == paths.canonical(value) else raw
        case str() if field.sort is Sort.TEXT:
            return f"like {_DIGIT.sub('0', value)}"  # holes take all digits, the rest has none
        case _:
            return raw


def named(condition: syntax.Condition) -> frozenset[Hashable]:
    """Return the values that a condition names: only these it tells from all that are alike."""
    return frozenset(itself(one.value) for one in walk.nodes(condition, syntax.Constant))


def itself(value: Any) -> Hashable:
    """Return what tells a value from all others; however a number is written, it is one."""
    match value:
        case int() | Decimal() if not isinstance(value, bool):
            return Decimal(value)
        case _:
            return f"{type(value).__name__} {value!r}"


def _between(number: Decimal) -> Hashable:
    """Return the round numbers on both sides of a number; a round one is its own."""
    return below(number)[0], below(-number)[0]


def _beside(path: str) -> Hashable:
    """Return the directory of a path as it is written, and its ending; None where it has none."""
    at = path.rfind("/") + 1
    _, dot, ending = path[at:].rpartition(".")
    return path[:at], ending if dot else None

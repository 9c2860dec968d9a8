"""Which values no condition of memory tells apart, so that the engine is asked about one of them.

Conditions name values of reported cases alone, and what lies around these. So of the values that
were never reported all ids are alike, all e-mail addresses of a domain, all URLs of a host, and all
numbers between two round ones. Of other sorts each value stands for itself.
"""

from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from dsl import syntax, walk
from dsl.canonical import email as emails
from dsl.canonical import url as urls
from memory.induction.field import Field, Sort
from memory.induction.ladders.number import below


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

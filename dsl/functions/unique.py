"""The list without repetitions.

Example: len(unique(["a", "b", "a"])) == 2
Unknown: when an element is no text, number or truth value.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Type, is_number

FUNCTION = Function("unique", takes=(Type.LIST,), gives=Type.LIST, since="0.1")


def apply(items: Sequence[Any]) -> list[Any] | Cause:
    """Keep the first of each equal element; equal numbers are equal however they are written."""
    seen: dict[tuple[type, Any], Any] = {}
    for item in items:
        if not isinstance(item, str | bool) and not is_number(item):
            return Cause.WRONG_TYPE
        kind = type(item) if isinstance(item, str | bool) else Fraction
        seen.setdefault((kind, Fraction(item) if kind is Fraction else item), item)
    return list(seen.values())

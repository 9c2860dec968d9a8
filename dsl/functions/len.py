"""The number of elements of a list.

Example: len([1, 2, 3]) == 3
Unknown: never, for a list.
"""

from collections.abc import Sequence

from dsl.functions.function import Function
from dsl.types import Type

FUNCTION = Function("len", takes=(Type.LIST,), gives=Type.NUMBER, since="0.1")


def apply(items: Sequence[object]) -> int:
    """Count the elements."""
    return len(items)

"""The largest element of a list of numbers, texts, times or durations.

Example: max([3, 1, 2]) == 3
Unknown: when the list is empty, or its elements are not all of one such type.
"""

from collections.abc import Sequence
from typing import Any

from dsl.evaluation.numbers import extreme
from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Type

FUNCTION = Function("max", takes=(Type.LIST,), gives=Type.ANY, since="0.1")


def apply(items: Sequence[Any]) -> Any | Cause:
    """Return the largest element."""
    return extreme(items, 1)

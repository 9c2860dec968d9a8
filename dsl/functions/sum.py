"""The sum of a list of numbers or durations; 0 for an empty list.

Example: sum([1, 2.5]) == 3.5
Unknown: when an element is neither, or the two are mixed.
"""

from collections.abc import Sequence
from typing import Any

from dsl.evaluation import numbers
from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Type, type_of

FUNCTION = Function("sum", takes=(Type.LIST,), gives=Type.ANY, since="0.1")


def apply(items: Sequence[Any]) -> Any | Cause:
    """Add the elements up."""
    total: Any = 0
    for at, item in enumerate(items):
        total = item if at == 0 else numbers.calculate(total, "+", item)
        if type_of(total) not in (Type.NUMBER, Type.DURATION):
            return total if isinstance(total, Cause) else Cause.WRONG_TYPE
    return total

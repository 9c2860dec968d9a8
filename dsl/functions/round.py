"""A number rounded to a whole one; halves go away from zero.

Example: round(2.5) == 3
Unknown: never, for a number.
"""

from fractions import Fraction

from dsl.functions.function import Function
from dsl.types import Number, Type

FUNCTION = Function("round", takes=(Type.NUMBER,), gives=Type.NUMBER, since="0.1")


def apply(number: Number) -> int:
    """Round half away from zero, as people do with money."""
    exact = Fraction(number)
    whole = int(abs(exact) + Fraction(1, 2))
    return whole if exact >= 0 else -whole

"""A number without its sign.

Example: abs(-3) == 3
Unknown: never, for a number.
"""

from fractions import Fraction

from dsl.functions.function import Function
from dsl.types import Number, Type

FUNCTION = Function("abs", takes=(Type.NUMBER,), gives=Type.NUMBER, since="0.1")


def apply(number: Number) -> Number:
    """Drop the sign."""
    return abs(Fraction(number))

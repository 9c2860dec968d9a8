"""Whether a number is within a distance of another: a number, or a share of the other.

Example: near(95, 100, 5%) and near(95, 100, 5)
Unknown: when the distance is neither, or below zero.
"""

from fractions import Fraction
from typing import Any

from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Number, Percent, Type, is_number

FUNCTION = Function(
    "near", takes=(Type.NUMBER, Type.NUMBER, Type.ANY), gives=Type.TRUTH, since="0.1"
)


def apply(number: Number, other: Number, distance: Any) -> bool | Cause:
    """Compare the difference with the distance; the distance itself is still near."""
    target = Fraction(other)
    if isinstance(distance, Percent):
        allowed = abs(target) * Fraction(distance.value) / 100
    elif is_number(distance):
        allowed = Fraction(distance)
    else:
        return Cause.WRONG_TYPE
    return Cause.UNREADABLE if allowed < 0 else abs(Fraction(number) - target) <= allowed

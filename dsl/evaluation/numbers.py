"""Exact arithmetic: fractions inside, bounded in size, never rounded."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from dsl.model import Cause
from dsl.types import Percent, is_number

MAX_BITS: Final = 4096
_ORDERED: Final = (str, datetime, timedelta)


def calculate(left: Any, operator: str, right: Any) -> Any | Cause:
    """Add, subtract, multiply or divide two values, or say why that has no result."""
    if is_number(left) and is_number(right):
        return _numbers(Fraction(left), operator, Fraction(right))
    if isinstance(right, Percent) and operator == "*" and is_number(left):
        return _numbers(Fraction(left), "*", Fraction(right.value) / 100)
    try:
        return _times(left, operator, right)
    except OverflowError:
        return Cause.OVERFLOW


def _numbers(left: Fraction, operator: str, right: Fraction) -> Fraction | Cause:
    match operator:
        case "+":
            result = left + right
        case "-":
            result = left - right
        case "*":
            result = left * right
        case _ if right == 0:
            return Cause.DIVISION_BY_ZERO
        case _:
            result = left / right
    bits = max(result.numerator.bit_length(), result.denominator.bit_length())
    return Cause.OVERFLOW if bits > MAX_BITS else result


def _times(left: Any, operator: str, right: Any) -> Any | Cause:
    """Add and subtract times and durations."""
    match left, operator, right:
        case ((datetime() | timedelta()), "+", timedelta()):
            return left + right
        case timedelta(), "+", datetime():
            return right + left
        case ((datetime() | timedelta()), "-", timedelta()):
            return left - right
        case datetime(), "-", datetime():
            return left - right
        case _:
            return Cause.WRONG_TYPE


def negate(value: Any) -> Any | Cause:
    """Turn the sign of a number or duration."""
    if not is_number(value) and not isinstance(value, timedelta):
        return Cause.WRONG_TYPE
    return Cause.OVERFLOW if value == timedelta.min else -value


def order(left: Any, right: Any) -> int | None:
    """Return -1, 0 or 1 as left is below, equal to or above right; None across types."""
    if is_number(left) and is_number(right):
        mixed = isinstance(left, Fraction) or isinstance(right, Fraction)
        return _sign(Fraction(left), Fraction(right)) if mixed else _sign(left, right)
    if any(isinstance(left, kind) and isinstance(right, kind) for kind in _ORDERED):
        return _sign(left, right)
    return None


def _sign(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


def extreme(items: Sequence[Any], side: int) -> Any | Cause:
    """Return the smallest (-1) or largest (1) of values of one type."""
    if not items or order(items[0], items[0]) is None:
        return Cause.UNREADABLE if not items else Cause.WRONG_TYPE
    best = items[0]
    for item in items[1:]:
        found = order(item, best)
        if found is None:
            return Cause.WRONG_TYPE
        best = item if found == side else best
    return best

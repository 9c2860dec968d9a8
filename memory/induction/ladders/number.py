"""Numbers: this one, or beyond the next few round ones (1, 2, 5, 10, 20, ...)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from dsl import syntax
from memory.induction.ladders.step import MOST, Around, equal

_ROUND: Final = (1, 2, 5)
_MOST_DIGITS: Final = 30


def number(value: syntax.Operand, seen: Any, _around: Around) -> Iterator[syntax.Condition]:
    """Yield the number itself, then the round numbers below it and above it."""
    exact = Decimal(seen)
    if abs(exact.adjusted()) > _MOST_DIGITS or len(exact.as_tuple().digits) > _MOST_DIGITS:
        return
    yield equal(value, plain(exact))
    for low in below(exact):
        yield syntax.Comparison(value, ">=", syntax.Constant(plain(low)))
    for high in below(-exact):
        yield syntax.Comparison(value, "<=", syntax.Constant(plain(-high)))


def below(number: Decimal) -> list[Decimal]:
    """Return the nearest round numbers that are not above a number, the greatest first."""
    if number == 0:
        return [Decimal(0)]
    middle = number.adjusted()
    grid = [Decimal(m).scaleb(e) for e in range(middle - 2, middle + 3) for m in _ROUND]
    signed = grid if number > 0 else [-one for one in grid]
    return sorted((one for one in signed if one <= number), reverse=True)[:MOST]


def plain(number: Decimal) -> int | Decimal:
    """Return a number as it is written without an exponent."""
    if number == number.to_integral_value():
        return int(number)
    return Decimal(format(number.normalize(), "f"))

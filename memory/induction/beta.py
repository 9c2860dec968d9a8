"""The Beta distribution in whole steps: the same answer on every machine.

Evidence comes in thousandths and is rounded to 0.05 before it gets here, against the rule; what
comes out is rounded to ten-thousandths before anything is compared.
"""

import math
from functools import lru_cache
from typing import Final

QUANTILE: Final = 0.10
BISECTIONS: Final = 30
STEP: Final = 50  # thousandths
ONE: Final = 10_000  # a bound of 1
_THOUSAND: Final = 1000
_TERMS: Final = 300
_TINY: Final = 1e-300
_CLOSE: Final = 1e-15


def lower_bound(agreeing: int, against: int) -> int:
    """Return the 0.10-quantile of Beta(1 + a, 1 + b), in ten-thousandths.

    Both are thousandths: what agrees is rounded down, what speaks against it up.
    """
    return _bound(agreeing // STEP, -(-against // STEP))


@lru_cache(maxsize=1 << 16)
def _bound(agreeing: int, against: int) -> int:
    a = 1 + agreeing * STEP / _THOUSAND
    b = 1 + against * STEP / _THOUSAND
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if incomplete(a, b, middle) < QUANTILE:
            low = middle
        else:
            high = middle
    return math.floor((low + high) / 2 * ONE + 0.5)


def incomplete(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = math.exp(a * math.log(x) + b * math.log(1 - x) - log_beta(a, b))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def log_beta(a: float, b: float) -> float:
    """Return the logarithm of the beta function."""
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _fraction(a: float, b: float, x: float) -> float:
    """Work out the continued fraction of the incomplete beta function (Lentz's way)."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _not_zero(1 + term * d)
            c = _not_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return value


def _not_zero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY

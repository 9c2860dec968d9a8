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
_TRIES: Final = 40
_TENTH: Final = 1.2816  # spreads below the middle lies a tenth of a normal distribution
_LEAST: Final = 0.5
_CLOSE_ENOUGH: Final = 1e-6  # of a step; what it leaves open is far less
_SURE: Final = 1e-4  # of a ten-thousandth: ten times what thirty halvings leave open


def lower_bound(agreeing: int, against: int) -> int:
    """Return the 0.10-quantile of Beta(1 + a, 1 + b), in ten-thousandths.

    Both are thousandths: what agrees is rounded down, what speaks against it up.
    """
    return _bound(agreeing // STEP, -(-against // STEP))


@lru_cache(maxsize=1 << 16)
def _bound(agreeing: int, against: int) -> int:
    a = 1 + agreeing * STEP / _THOUSAND
    b = 1 + against * STEP / _THOUSAND
    near = _near(a, b)
    if near is not None:
        steps = near * ONE + 0.5
        if _SURE < steps % 1 < 1 - _SURE:
            return math.floor(steps)
    return bisected(a, b)


def bisected(a: float, b: float) -> int:
    """Return the bound as it is defined: thirty halvings, then rounded."""
    low, high = 0.0, 1.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if incomplete(a, b, middle) < QUANTILE:
            low = middle
        else:
            high = middle
    return math.floor((low + high) / 2 * ONE + 0.5)


def _near(a: float, b: float) -> float | None:
    """Return the quantile by Halley's way, far closer than the rounding; None where that fails.

    It takes a tenth of the time of the halvings. Where the rounding could tell the two apart, they
    are done after all.
    """
    whole = log_beta(a, b)
    low, high, x = 0.0, 1.0, _guess(a, b)
    for _ in range(_TRIES):
        short = incomplete(a, b, x, whole) - QUANTILE
        low, high = (x, high) if short < 0 else (low, x)
        slope = math.exp((a - 1) * math.log(x) + (b - 1) * math.log(1 - x) - whole)
        newton = short / slope if slope > _TINY else math.inf
        bend = (a - 1) / x - (b - 1) / (1 - x)
        step = newton / max(1 - newton * bend / 2, _LEAST)
        after = x - step
        if abs(step) < _CLOSE_ENOUGH:
            return after
        x = after if low < after < high else (low + high) / 2
    return None


def _guess(a: float, b: float) -> float:
    """Return about where the quantile is (Abramowitz and Stegun, 26.5.22)."""
    one, other = 1 / (2 * a - 1), 1 / (2 * b - 1)
    many, curve = 2 / (one + other), (_TENTH * _TENTH - 3) / 6
    lean = (other - one) * (curve + 5 / 6 - 2 / (3 * many))
    spread = _TENTH * math.sqrt(many + curve) / many - lean
    return a / (a + b * math.exp(2 * spread))


def incomplete(a: float, b: float, x: float, whole: float | None = None) -> float:
    """Return the regularised incomplete beta function; `whole` is `log_beta` if it is known."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    log_whole = log_beta(a, b) if whole is None else whole
    front = math.exp(a * math.log(x) + b * math.log(1 - x) - log_whole)
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def log_beta(a: float, b: float) -> float:
    """Return the logarithm of the beta function."""
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _fraction(a: float, b: float, x: float) -> float:
    """Work out the continued fraction of the incomplete beta function (Lentz's way)."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or _TINY)  # what is added to 1 is not close to 0
    value = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / (1 + term * d or _TINY)
            c = 1 + term / c or _TINY
            value *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return value

"""Exact binomial intervals (Clopper and Pearson), with plain means."""

import math
from collections.abc import Callable
from typing import Final

LEVEL: Final = 0.95
METHOD: Final = "clopper-pearson"
_HALVINGS: Final = 60  # a double has 53 bits


def exact(hits: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval of a share of which `hits` of `n` were seen."""
    if not 0 <= hits <= n or n == 0:
        message = f"{hits} of {n} is no share"
        raise ValueError(message)
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else _root(lambda p: at_least(hits, n, p) < tail)
    high = 1.0 if hits == n else _root(lambda p: 1 - at_least(hits + 1, n, p) > tail)
    return low, high


def at_least(hits: int, n: int, p: float) -> float:
    """Return how likely `hits` or more of `n` are, each with probability `p`."""
    if p <= 0 or p >= 1:
        return float(hits <= (n if p >= 1 else 0))
    whole = math.lgamma(n + 1)
    sure, fails = math.log(p), math.log1p(-p)
    return math.fsum(
        math.exp(whole - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * sure + (n - k) * fails)
        for k in range(hits, n + 1)
    )


def _root(below: Callable[[float], bool]) -> float:
    """Return where `below` turns from true to false."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2

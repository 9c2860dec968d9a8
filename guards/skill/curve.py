"""Curves from a model's logit to a probability."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

STEEPEST: Final = 700.0  # beyond it an exponential is no number any more

Method = Literal["temperature", "platt", "isotonic"]


def sigmoid(logit: float) -> float:
    """Return a logit as a probability."""
    bounded = max(-STEEPEST, min(STEEPEST, logit))
    return 1 / (1 + math.exp(-bounded))


@dataclass(frozen=True, slots=True)
class Curve:
    """How logits are read: a line in front of a sigmoid, or steps of `xs` up to `ys`."""

    method: Method
    slope: float = 1.0
    offset: float = 0.0
    xs: tuple[float, ...] = ()
    ys: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a curve that falls: a surer violation would then be less of one."""
        numbers = (self.slope, self.offset, *self.xs, *self.ys)
        if not all(math.isfinite(one) for one in numbers) or self.slope <= 0:
            raise ValueError("a curve has finite numbers and a slope above 0")
        if self.method == "isotonic" and not self._climbs():
            raise ValueError("the steps of a curve go up, from 0 to 1")

    def _climbs(self) -> bool:
        ys = self.ys
        fit = len(self.xs) == len(ys) > 0 and ys[0] >= 0 and ys[-1] <= 1
        return fit and list(self.xs) == sorted(self.xs) and list(ys) == sorted(ys)

    def p(self, logit: float) -> float:
        """Return the probability of a logit."""
        if self.method == "isotonic":
            return self.ys[max(0, bisect_right(self.xs, logit) - 1)]
        return sigmoid(self.slope * logit + self.offset)


def brier(curve: Curve, logits: Sequence[float], truths: Sequence[bool]) -> float:
    """Return the mean squared error of the probabilities."""
    squared = ((curve.p(x) - t) ** 2 for x, t in zip(logits, truths, strict=True))
    return sum(squared) / len(logits)

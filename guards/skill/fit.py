"""Fits a curve to labelled logits: the fewer labels, the fewer numbers are learned from them."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from guards.skill.curve import Curve, brier, sigmoid

TEMPERATURE_FROM: Final = 50
PLATT_FROM: Final = 200
ISOTONIC_FROM: Final = 1_000
FOLDS: Final = 5
_STEPS: Final = 100
_RIDGE: Final = 1e-6  # labels that a line parts cleanly would ask for an endless slope
_FLATTEST: Final = 1e-3
_STEEPEST: Final = 1e3


def fit(logits: Sequence[float], truths: Sequence[bool]) -> Curve | None:
    """Return the curve that so many labels allow; None where they are too few, or of one class."""
    number = len(logits)
    if number < TEMPERATURE_FROM or len(set(truths)) < 2:  # noqa: PLR2004 - a violation and none
        return None
    if number < PLATT_FROM:
        return temperature(logits, truths)
    line = platt(logits, truths)
    if number < ISOTONIC_FROM:
        return line
    stepped = _cross_validated(logits, truths, isotonic)
    return isotonic(logits, truths) if stepped < _cross_validated(logits, truths, platt) else line


def temperature(logits: Sequence[float], truths: Sequence[bool]) -> Curve:
    """Fit the slope alone, by Newton's method."""
    slope, smoothed = 1.0, _smoothed(truths)
    for _ in range(_STEPS):
        down, bend = _RIDGE * slope, _RIDGE
        for x, truth in zip(logits, smoothed, strict=True):
            p = sigmoid(slope * x)
            down += (p - truth) * x
            bend += p * (1 - p) * x * x
        slope = min(_STEEPEST, max(_FLATTEST, slope - down / bend))
    return Curve("temperature", slope)


def platt(logits: Sequence[float], truths: Sequence[bool]) -> Curve:
    """Fit slope and offset, by Newton's method with shortened steps."""
    smoothed = _smoothed(truths)
    slope, offset = 1.0, 0.0
    for _ in range(_STEPS):
        s, o, ss, so, oo = _RIDGE * slope, 0.0, _RIDGE, 0.0, _RIDGE
        for x, truth in zip(logits, smoothed, strict=True):
            p = sigmoid(slope * x + offset)
            weight = p * (1 - p)
            s, o = s + (p - truth) * x, o + p - truth
            ss, so, oo = ss + weight * x * x, so + weight * x, oo + weight
        ground = max(ss * oo - so * so, 1e-12)
        by_slope, by_offset = (oo * s - so * o) / ground, (ss * o - so * s) / ground
        short = min(1.0, 2.0 / max(abs(by_slope), abs(by_offset), 1e-12))
        slope = min(_STEEPEST, max(_FLATTEST, slope - short * by_slope))
        offset -= short * by_offset
    return Curve("platt", slope, offset)


def isotonic(logits: Sequence[float], truths: Sequence[bool]) -> Curve:
    """Fit rising steps: neighbours that fall are pooled until none does."""
    alike: dict[float, list[bool]] = {}  # what has one logit has one probability
    for x, truth in zip(logits, truths, strict=True):
        alike.setdefault(x, []).append(truth)
    pools: list[tuple[float, float, int]] = []  # where it begins, its mean, how many
    for x, found in sorted(alike.items()):
        pools.append((x, sum(found) / len(found), len(found)))
        while len(pools) > 1 and pools[-2][1] >= pools[-1][1]:
            (begin, one, many), (_, other, more) = pools[-2], pools[-1]
            mean = (one * many + other * more) / (many + more)
            pools[-2:] = [(begin, mean, many + more)]
    return Curve("isotonic", xs=tuple(x for x, _, _ in pools), ys=tuple(y for _, y, _ in pools))


def _smoothed(truths: Sequence[bool]) -> list[float]:
    """Return targets a little inside 0 and 1, as Platt does: no label is beyond doubt."""
    yes = sum(truths)
    high, low = (yes + 1) / (yes + 2), 1 / (len(truths) - yes + 2)
    return [high if truth else low for truth in truths]


def _cross_validated(
    logits: Sequence[float],
    truths: Sequence[bool],
    how: Callable[[Sequence[float], Sequence[bool]], Curve],
) -> float:
    errors = 0.0
    edges = [round(i * len(logits) / FOLDS) for i in range(FOLDS + 1)]
    for low, high in pairwise(edges):
        seen = [*logits[:low], *logits[high:]], [*truths[:low], *truths[high:]]
        curve = how(*seen)
        errors += brier(curve, logits[low:high], truths[low:high]) * (high - low)
    return errors / len(logits)

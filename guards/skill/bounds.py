"""How good a guard surely is: exact bounds on misses, and on how well it tells cases apart."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SURE: Final = 0.95
RESAMPLES: Final = 2_000
LOWEST: Final = 0.025
_HALVINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Labelled:
    """A logit with what people said of the case, and what it belongs together with."""

    logit: float
    truth: bool
    cluster: str


def most_missed(missed: int, of: int, sure: float = SURE) -> float:
    """Return the rate of misses that is surely not exceeded (Clopper and Pearson, one side)."""
    if of <= 0 or missed >= of:
        return 1.0
    low, high = missed / of, 1.0
    for _ in range(_HALVINGS):
        rate = (low + high) / 2
        low, high = (rate, high) if _at_most(missed, of, rate) > 1 - sure else (low, rate)
    return high


def _at_most(missed: int, of: int, rate: float) -> float:
    """Return how likely so few misses are, at a rate."""
    logs = (
        math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1)
        + k * math.log(rate) + (of - k) * math.log1p(-rate)
        for k in range(missed + 1)
    )  # fmt: skip
    return sum(math.exp(one) for one in logs) if 0 < rate < 1 else float(rate <= 0)


def threshold(violations: Sequence[float], wanted: float, sure: float = SURE) -> float | None:
    """Return the highest probability to act from that surely misses so few; None if none does."""
    ordered = sorted(violations)
    found = None
    for missed, p in enumerate(ordered):
        if most_missed(missed, len(ordered), sure) > wanted:
            break
        found = p
    return found


def auroc(cases: Sequence[tuple[float, bool]]) -> float | None:
    """Return how often a violation scores above what is none; None where one kind is missing."""
    ordered = sorted(cases)
    yes = sum(truth for _, truth in ordered)
    no = len(ordered) - yes
    if not yes or not no:
        return None
    ranks, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        ranks += sum(truth for _, truth in ordered[at:end]) * (at + 1 + end) / 2
        at = end
    return (ranks - yes * (yes + 1) / 2) / (yes * no)


def surely(cases: Sequence[Labelled], seed: int = 0, resamples: int = RESAMPLES) -> float:
    """Return the lower bound of the AUROC, by drawing whole clusters anew."""
    return between(cases, seed, resamples)[0]


def between(
    cases: Sequence[Labelled], seed: int = 0, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """Return what 95 of 100 draws of whole clusters lie between: the AUROC's bounds."""
    names = {name: number for number, name in enumerate(dict.fromkeys(c.cluster for c in cases))}
    equal = _equal(cases, names)
    draw = random.Random(seed)  # noqa: S311 - the same draws each time, and no secret
    found = []
    for _ in range(resamples):
        times = [0] * len(names)
        for _ in names:
            times[draw.randrange(len(names))] += 1
        # A draw of one kind alone shows nothing, and counts as that.
        found.append(_auroc_of(equal, times) or 0.0)
    found.sort()
    cut = int(LOWEST * resamples)
    return (found[cut], found[-1 - cut]) if found else (0.0, 0.0)


_Equal = Sequence[tuple[Sequence[int], Sequence[int]]]


def _equal(cases: Sequence[Labelled], names: Mapping[str, int]) -> _Equal:
    """Return the clusters of violations and of what is none, for each logit, the lowest first."""
    by_logit: dict[float, tuple[list[int], list[int]]] = {}
    for one in cases:
        bad, fine = by_logit.setdefault(one.logit, ([], []))
        (bad if one.truth else fine).append(names[one.cluster])
    return [by_logit[logit] for logit in sorted(by_logit)]


def _auroc_of(equal: _Equal, times: Sequence[int]) -> float | None:
    """Return the AUROC where each cluster is there so many times: sorted once, and for all."""
    above, yes, no = 0.0, 0, 0
    for bad, fine in equal:
        many, few = sum([times[one] for one in bad]), sum([times[one] for one in fine])
        above += many * (no + few / 2)
        yes += many
        no += few
    return above / (yes * no) if yes and no else None

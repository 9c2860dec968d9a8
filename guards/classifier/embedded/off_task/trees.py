"""Boosted trees as flat arrays, and what they say of a row of numbers."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from guards.classifier.embedded.off_task import npz

LEAF: Final = -1


@dataclass(frozen=True, slots=True)
class Trees:
    """All trees, one node after the other: where a node asks nothing it holds its value.

    `roots` are where trees begin. A child stands behind its parent, so every walk ends.
    """

    start: float
    roots: Sequence[int]
    feature: Sequence[int]
    at_most: Sequence[float]
    low: Sequence[int]
    high: Sequence[int]
    value: Sequence[float]

    def logit(self, row: Sequence[float]) -> float:
        """Add up what the trees say, always in one order: the sum is the same to the bit."""
        total = self.start
        for root in self.roots:
            node = root
            while (asked := self.feature[node]) != LEAF:
                is_low = row[asked] <= self.at_most[node]
                node = self.low[node] if is_low else self.high[node]
            total += self.value[node]
        return total

    def arrays(self) -> npz.Arrays:
        """Return them as they are stored."""
        return {
            "start": array("d", [self.start]),
            "roots": array("i", self.roots),
            "feature": array("i", self.feature),
            "at_most": array("d", self.at_most),
            "low": array("i", self.low),
            "high": array("i", self.high),
            "value": array("d", self.value),
        }


_REAL: Final = ("start", "at_most", "value")
_WHOLE: Final = ("roots", "feature", "low", "high")


def trees(arrays: npz.Arrays, features: int) -> Trees:
    """Read stored trees on rows of so many numbers, or raise where walking them could go wrong."""
    if set(arrays) != {*_REAL, *_WHOLE}:
        raise npz.NotArrays("it holds other arrays than trees have")
    if any(arrays[name].typecode != "d" for name in _REAL):
        raise npz.NotArrays("a value is no `float64`")
    if any(arrays[name].typecode != "i" for name in _WHOLE):
        raise npz.NotArrays("a place is no `int32`")
    lists = {name: tuple(one) for name, one in arrays.items()}
    start = next(iter(lists.pop("start")), math.nan)
    made = Trees(start, **lists)  # type: ignore[arg-type]  # as was looked at above
    _refuse(made, features)
    return made


def _refuse(made: Trees, features: int) -> None:
    nodes = len(made.feature)
    if any(len(one) != nodes for one in (made.at_most, made.low, made.high, made.value)):
        raise npz.NotArrays("its arrays are of different lengths")
    if not all(map(math.isfinite, (made.start, *made.at_most, *made.value))):
        raise npz.NotArrays("a value is no number")
    if not made.roots or not all(0 <= root < nodes for root in made.roots):
        raise npz.NotArrays("a tree begins nowhere")
    for node, asked in enumerate(made.feature):
        children = (made.low[node], made.high[node])
        if asked != LEAF and not (
            0 <= asked < features and all(node < child < nodes for child in children)
        ):
            raise npz.NotArrays("a node leads nowhere")

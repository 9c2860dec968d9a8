"""Boosted trees, grown in plain Python: the same rows give the same trees, to the bit.

Each tree mends what those before it got wrong, by the slope and bend of the logistic loss. Numbers
are looked at in at most so many steps, so that a tree takes one pass over the rows a level.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from guards.classifier.embedded.off_task.trees import LEAF, Trees
from guards.skill.curve import sigmoid

Row = Sequence[float]
_RIDGE: Final = 1.0
_LEAST_GAIN: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Growth:
    """How trees are grown."""

    trees: int = 120
    depth: int = 2
    rate: float = 0.05
    steps: int = 32  # so many places at most where a number may be parted
    least: float = 10.0  # weight of rows on each side of a question


@dataclass(slots=True)
class _Grown:
    """Trees in the making, as flat lists."""

    roots: list[int] = field(default_factory=list)
    feature: list[int] = field(default_factory=list)
    at_most: list[float] = field(default_factory=list)
    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)

    def leaf(self, value: float) -> int:
        """Add a node that asks nothing."""
        for column, one in (
            (self.feature, LEAF),
            (self.at_most, 0.0),
            (self.low, LEAF),
            (self.high, LEAF),
            (self.value, value),
        ):
            column.append(one)  # type: ignore[arg-type]  # each column has its own kind
        return len(self.feature) - 1


@dataclass(frozen=True, slots=True)
class _Table:
    """All rows, each number as the step that it falls into, with what they weigh."""

    bins: Sequence[Sequence[int]]  # a column a number
    edges: Sequence[Sequence[float]]
    truths: Sequence[bool]
    weights: Sequence[float]


@dataclass(frozen=True, slots=True)
class _Question:
    gain: float
    feature: int
    step: int


def grown(
    rows: Sequence[Row],
    truths: Sequence[bool],
    growth: Growth | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> Trees:
    """Grow trees on rows; both classes weigh alike, however many there are of each."""
    if len(set(truths)) < 2:  # noqa: PLR2004 - what is so, and what is not
        raise ValueError("there must be calls of both kinds to learn from")
    how = growth or Growth()
    table = _table(rows, truths, how.steps)
    made, scores = _Grown(), [0.0] * len(rows)
    for number in range(how.trees):
        _grow(made, table, scores, how)
        progress(number + 1)
    return Trees(
        0.0,
        tuple(made.roots),
        tuple(made.feature),
        tuple(made.at_most),
        tuple(made.low),
        tuple(made.high),
        tuple(made.value),
    )


def _table(rows: Sequence[Row], truths: Sequence[bool], steps: int) -> _Table:
    columns = list(zip(*rows, strict=True))
    edges = [_edges(one, steps) for one in columns]
    bins = [
        [bisect_left(edge, value) for value in column]
        for edge, column in zip(edges, columns, strict=True)
    ]
    yes = sum(truths)
    half = len(truths) / 2
    weights = [half / yes if truth else half / (len(truths) - yes) for truth in truths]
    return _Table(bins, edges, truths, weights)


def _edges(column: Sequence[float], steps: int) -> list[float]:
    """Return where a number is parted: between its values, about as many rows in each step."""
    values = sorted(set(column))
    if len(values) > steps:
        ordered = sorted(column)
        values = sorted({ordered[len(ordered) * at // steps] for at in range(steps)})
    return values[:-1] if values[-1:] == [max(column)] else values


def _grow(made: _Grown, table: _Table, scores: list[float], how: Growth) -> None:
    slopes, bends = [], []
    for score, truth, weight in zip(scores, table.truths, table.weights, strict=True):
        p = sigmoid(score)
        slopes.append(weight * (truth - p))
        bends.append(weight * p * (1 - p))
    made.roots.append(len(made.feature))
    pull = _Pull(slopes, bends, scores)
    _Tree(made, table, pull, how).node(list(range(len(scores))), how.depth)


@dataclass(frozen=True, slots=True)
class _Pull:
    """Where each row pulls, how stiffly, and what the trees say of it so far."""

    slopes: Sequence[float]
    bends: Sequence[float]
    scores: list[float]


@dataclass(frozen=True, slots=True)
class _Tree:
    """One tree in the making."""

    made: _Grown
    table: _Table
    pull: _Pull
    how: Growth

    def node(self, rows: Sequence[int], depth: int) -> int:
        """Add a node for some rows, and all that stands below it."""
        made, table, pull = self.made, self.table, self.pull
        asked = _best(table, pull, rows, self.how) if depth else None
        node = made.leaf(0.0)
        if asked is None:
            value = self.how.rate * _value(pull, rows)
            made.value[node] = value
            for row in rows:
                pull.scores[row] += value
            return node
        column = table.bins[asked.feature]
        below = [row for row in rows if column[row] <= asked.step]
        above = [row for row in rows if column[row] > asked.step]
        made.feature[node] = asked.feature
        made.at_most[node] = table.edges[asked.feature][asked.step]
        made.low[node] = self.node(below, depth - 1)
        made.high[node] = self.node(above, depth - 1)
        return node


def _value(pull: _Pull, rows: Sequence[int]) -> float:
    slope, bend = math.fsum(pull.slopes[r] for r in rows), math.fsum(pull.bends[r] for r in rows)
    return slope / (bend + _RIDGE)


def _best(table: _Table, pull: _Pull, rows: Sequence[int], how: Growth) -> _Question | None:
    found = [
        one
        for number in range(len(table.bins))
        if (one := _parted(table, pull, rows, number, how)) is not None
    ]
    return max(found, key=lambda one: (one.gain, -one.feature), default=None)


def _parted(
    table: _Table, pull: _Pull, rows: Sequence[int], number: int, how: Growth
) -> _Question | None:
    """Return the best question about one number; none where it helps nothing."""
    column, size = table.bins[number], len(table.edges[number]) + 1
    slopes, bends, weights = [0.0] * size, [0.0] * size, [0.0] * size
    for row in rows:
        step = column[row]
        slopes[step] += pull.slopes[row]
        bends[step] += pull.bends[row]
        weights[step] += table.weights[row]
    slope, bend, weight = math.fsum(slopes), math.fsum(bends), math.fsum(weights)
    whole = slope * slope / (bend + _RIDGE)
    best, low_slope, low_bend, low_weight = None, 0.0, 0.0, 0.0
    for step in range(size - 1):
        low_slope += slopes[step]
        low_bend += bends[step]
        low_weight += weights[step]
        if low_weight < how.least or weight - low_weight < how.least:
            continue
        high_slope, high_bend = slope - low_slope, bend - low_bend
        gain = low_slope**2 / (low_bend + _RIDGE) + high_slope**2 / (high_bend + _RIDGE) - whole
        if gain > _LEAST_GAIN and (best is None or gain > best.gain):
            best = _Question(gain, number, step)
    return best

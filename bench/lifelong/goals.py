"""What memory should reach in the world, as it was written down before any of it was measured."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bench.lifelong.arms import ASK, BASE, DEFAULT, FLIPS, HEADLINE, OURS
from bench.lifelong.summary import Summary

_F1: Final = dict(zip(FLIPS, (0.85, 0.80, 0.75), strict=True))
_OVER_BLOCK, _ASKS = 0.04, 0.13
_MORE_BLOCKED, _MEMORY_ASKS, _NOMINATIONS = 0.01, 0.05, 0.8
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal in one cell: `at_least` or else at most what is wanted."""

    way: str
    rho: float
    flips: float
    name: str
    wanted: float
    measured: float | None
    at_least: bool = True

    @property
    def held(self) -> bool:
        """Tell whether it is reached; what could not be measured is not."""
        if self.measured is None:
            return False
        over = self.measured - self.wanted
        return over >= -_ROUNDING if self.at_least else over <= _ROUNDING


def goals(summary: Summary) -> list[Goal]:
    """Return all goals."""
    return [
        *(one for flips in FLIPS for one in _default(summary, flips)),
        *(one for flips in FLIPS for one in _ask(summary, flips)),
        *_nowhere_below(summary),
    ]


def _default(summary: Summary, flips: float) -> Iterator[Goal]:
    cell = (HEADLINE, flips)
    own = _reader(summary, DEFAULT, cell)
    recall = _value(summary, ASK, cell, "recall")
    most = _value(summary, BASE, cell, "over_block") + _MORE_BLOCKED
    where = (DEFAULT, HEADLINE, flips)
    yield Goal(*where, "recall, that of soften=ask or more", recall, own("recall"))
    yield Goal(*where, "over-block, base + 1 point", most, own("over_block"), at_least=False)
    yield Goal(*where, "asks by memory", _MEMORY_ASKS, own("asks_by_memory"), at_least=False)
    yield Goal(*where, "nomination precision", _NOMINATIONS, own("nomination_precision"))


def _ask(summary: Summary, flips: float) -> Iterator[Goal]:
    own, where = _reader(summary, ASK, (HEADLINE, flips)), (ASK, HEADLINE, flips)
    yield Goal(*where, "F1", _F1[flips], own("f1"))
    yield Goal(*where, "over-block", _OVER_BLOCK, own("over_block"), at_least=False)
    yield Goal(*where, "asks", _ASKS, own("asks"), at_least=False)


def _nowhere_below(summary: Summary) -> Iterator[Goal]:
    """Yield that no cell and no setting of memory has less recall or F1 than the guard alone."""
    for way in OURS:
        for cell in summary.cells(way):
            for figure, name in (("recall", "recall, base"), ("f1", "F1, base")):
                wanted = _value(summary, BASE, cell, figure)
                yield Goal(way, *cell, name, wanted, _value(summary, way, cell, figure))


def _value(summary: Summary, way: str, cell: tuple[float, float], figure: str) -> float:
    found = summary.mean(way, cell, figure)
    if found is None:
        message = f"{way} has no {figure} at {cell}"
        raise ValueError(message)
    return found.value


def _reader(summary: Summary, way: str, cell: tuple[float, float]) -> Callable[[str], float | None]:
    def read(figure: str) -> float | None:
        found = summary.mean(way, cell, figure)
        return None if found is None else found.value

    return read

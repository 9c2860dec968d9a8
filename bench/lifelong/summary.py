"""Means over worlds, with their intervals."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

RUNS, WORLDS = "lifelong", "lifelong worlds"
Row = Mapping[str, Any]
# Student's t at 97.5 %, by degrees of freedom.
_STUDENT: Final = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306}


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean, and half of its 95 % interval; None of a single value."""

    value: float
    half: float | None


class Summary:
    """All rows, to be asked by way and cell."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = [one for one in rows if one["bench"] == RUNS]
        self.ways = list(dict.fromkeys(one["way"] for one in self._rows))
        self.seeds = len({one["seed"] for one in rows})
        # Of the rules that the guard has not, in all worlds, the share of calls that violate each.
        self.lacked = [share for one in rows if one["bench"] == WORLDS for share in one["lacked"]]

    def cells(self, way: str) -> list[tuple[float, float]]:
        """Return the cells that a way was measured in."""
        return list(dict.fromkeys((r["rho"], r["flips"]) for r in self._rows if r["way"] == way))

    def older(self, code: str) -> list[tuple[str, float]]:
        """Return the ways, and shares reported, that other code made the rules of."""
        found = (one for one in self._rows if one.get("code") != code)
        return list(dict.fromkeys((one["way"], one["rho"]) for one in found))

    def mean(self, way: str, cell: tuple[float, float], figure: str) -> Mean | None:
        """Return the mean of a figure over worlds; None where no world has it."""
        found = [
            one[figure]
            for one in self._rows
            if one["way"] == way and (one["rho"], one["flips"]) == cell
        ]
        values = [one for one in found if one is not None]
        return mean(values) if values else None


def mean(values: Sequence[float]) -> Mean:
    """Return the mean of some values, with Student's interval."""
    n = len(values)
    middle = math.fsum(values) / n
    if n - 1 not in _STUDENT:
        return Mean(middle, None)
    spread = math.sqrt(math.fsum((one - middle) ** 2 for one in values) / (n - 1))
    return Mean(middle, _STUDENT[n - 1] * spread / math.sqrt(n))

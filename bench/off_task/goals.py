"""What was wanted, and what was measured."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

GROUPS: Final = 30  # of fewer tasks nothing is claimed
CHANGING_BOUND: Final = 0.75
CAUGHT: Final = 0.50
ALL_AUROC: Final = 0.80
ERROR: Final = 0.09
P50_MS, P95_MS = 0.5, 2.0
BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure that was wanted."""

    name: str
    test: str
    wanted: float
    measured: float
    held: bool


def is_claimed(row: Mapping[str, Any]) -> bool:
    """Tell whether a row shows skill: enough tasks, and surely better than what is trivial."""
    return bool(row["groups"] >= GROUPS and row["bound"] > max(row["baselines"].values()))


def goals(rows: Sequence[Mapping[str, Any]]) -> list[Goal]:
    """Return all goals, for the head without cosines."""
    return list(_goals(rows))


def _goals(rows: Sequence[Mapping[str, Any]]) -> Iterator[Goal]:
    for one in rows:
        if one["measure"] == "left_out" and one["view"] == "drawn" and not one["cosines"]:
            yield from _of_row(one)
        elif one["measure"] == "speed":
            yield _most("p50 in ms", "all sets", P50_MS, one["p50_ms"])
            yield _most("p95 in ms", "all sets", P95_MS, one["p95_ms"])
            yield _most("bytes", "the head", BYTES, one["bytes"])


def _of_row(one: Mapping[str, Any]) -> Iterator[Goal]:
    test, best = one["test"], max(one["baselines"].values())
    subset = one["subset"]
    if subset == "changing":
        yield _least("bound, changing", test, CHANGING_BOUND, one["bound"])
        yield _least("caught, changing", test, CAUGHT, one["caught"])
    else:
        yield _least("AUROC, all", test, ALL_AUROC, one["auroc"])
        if one["ece_after"] is not None:
            yield _most("error after 200 labels, all", test, ERROR, one["ece_after"])
    above = f"above the best baseline, {subset}"
    yield Goal(above, test, best, one["bound"], is_claimed(one))


def _least(name: str, test: str, wanted: float, measured: float) -> Goal:
    return Goal(name, test, wanted, measured, measured >= wanted)


def _most(name: str, test: str, wanted: float, measured: float) -> Goal:
    return Goal(name, test, wanted, measured, measured <= wanted)

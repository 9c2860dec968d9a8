"""Runs every way to decide in every cell and world."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

from bench.lifelong.arms import Way
from bench.lifelong.figures import Figures
from bench.lifelong.people import Cell
from bench.lifelong.run import run
from bench.lifelong.summary import RUNS, WORLDS
from bench.lifelong.world import Size
from bench.lifelong.worlds import AUTHORS, FIRST, World
from bench.reporting import SCHEMA
from memory.induction.configuration import CODE, Configuration

SEEDS: Final = 5
_DIGITS: Final = 4
_SELDOM: Final = (100_000, 50, 1000)
Tell = Callable[[str], None]


def measured(seeds: int, size: Size, tell: Tell, author: str = FIRST) -> list[dict[str, Any]]:
    """Return a row of figures for each way, cell and world."""
    of, rows = AUTHORS[author], list[dict[str, Any]]()
    setting = of.configuration()
    with _seldom_tidied():
        for seed in range(seeds):
            world = of.world(seed, size)
            lacked = [round(one, _DIGITS) for one in world.lacked()]
            rows.append({"schema": SCHEMA, "bench": WORLDS, "seed": seed, "lacked": lacked})
            for way in of.ways:
                for cell in way.cells() if of.everywhere else way.headline():
                    found = _found(world, way, cell, setting)
                    rows.append(_row(way, cell, seed, found))
                    tell(f"world {seed}, {way.name}, {cell}: F1 {found.f1:.3f}")
    return rows


def _found(world: World, way: Way, cell: Cell, setting: Configuration) -> Figures:
    with way.set_up():
        return run(world, way.make(setting), cell)


def _row(way: Way, cell: Cell, seed: int, found: Figures) -> dict[str, Any]:
    told = {name: _rounded(value) for name, value in asdict(found).items()}
    where = {"way": way.name, "rho": cell.rho, "flips": cell.flips, "seed": seed}
    return {"schema": SCHEMA, "bench": RUNS, **where, **told, "code": CODE}


@contextmanager
def _seldom_tidied() -> Iterator[None]:
    """Look for garbage less often: beside so many calls that stay it takes a third of the time."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)

"""All ways to decide that are compared, and in which cells."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from unittest.mock import patch

from bench.lifelong.accurate import Accurate
from bench.lifelong.arm import Arm, BaseOnly
from bench.lifelong.memory_arm import MemoryArm, Setting
from bench.lifelong.neighbours import Neighbours
from bench.lifelong.people import Cell
from memory.induction import evidence
from memory.induction.configuration import Configuration

RHOS: Final = (0.05, 0.1, 0.2)
FLIPS: Final = (0.0, 0.1, 0.2)
HEADLINE: Final = 0.1  # the share of errors reported that goals are about


@dataclass(frozen=True, slots=True)
class Way:
    """A way to decide; `everywhere`: in all cells, and not only where one error in ten is told."""

    name: str
    make: Callable[[Configuration], Arm]
    everywhere: bool = True
    penalty: bool = True  # whether silence speaks against a rule

    def cells(self) -> list[Cell]:
        """Return the cells that it is measured in."""
        if not self.everywhere:
            return self.headline()
        return [Cell(rho, flips) for rho in RHOS for flips in FLIPS]

    def headline(self) -> list[Cell]:
        """Return the cells that goals are about."""
        return [Cell(HEADLINE, flips) for flips in FLIPS]

    @contextmanager
    def set_up(self) -> Iterator[None]:
        """Leave out the penalty of silence, if this way goes without."""
        if self.penalty:
            yield
            return
        with patch.object(evidence, "OMEGA", 0):
            yield


BASE, DEFAULT, ACCEPTED, ASK = "base", "default", "accepted", "soften=ask"
NO_PENALTY, NEIGHBOURS, ACCURATE = "no penalty", "3 nearest", "accuracy 0.8"
WAYS: Final = (
    Way(BASE, lambda _: BaseOnly()),
    Way(DEFAULT, lambda setting: MemoryArm(Setting.DEFAULT, setting)),
    Way(ACCEPTED, lambda setting: MemoryArm(Setting.ACCEPTED, setting), everywhere=False),
    Way(ASK, lambda setting: MemoryArm(Setting.ASK, setting)),
    Way(
        NO_PENALTY,
        lambda setting: MemoryArm(Setting.DEFAULT, setting),
        everywhere=False,
        penalty=False,
    ),
    Way(NEIGHBOURS, lambda _: Neighbours(), everywhere=False),
    Way(ACCURATE, Accurate, everywhere=False),
)
OURS: Final = (DEFAULT, ACCEPTED, ASK)

"""The generated worlds: the first one, and a second by somebody who had not read it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bench.lifelong import world
from bench.lifelong.arm import TENANT, configuration
from bench.lifelong.arms import NEIGHBOURS, WAYS, Way
from bench.lifelong.world import Call, Size
from bench.second_world import world as second
from memory.induction.configuration import Configuration
from memory.induction.literals import Sides


class World(Protocol):
    """All that happens in one world."""

    @property
    def days(self) -> Sequence[Sequence[Call]]:
        """Return the calls of each day."""

    @property
    def test(self) -> Sequence[Call]:
        """Return the calls on which everything is measured."""

    def lacked(self) -> list[float]:
        """Return of each rule that the guard has not the share of calls that violate it."""


@dataclass(frozen=True, slots=True)
class Author:
    """What one author wrote: a world for each seed, and how memory is set up in it."""

    world: Callable[[int, Size], World]
    configuration: Callable[[], Configuration]
    ways: Sequence[Way] = WAYS
    everywhere: bool = True  # whether ways are measured in all of their cells


def _second() -> Configuration:
    return Configuration(TENANT, second.tools(), second.FILE, sides=Sides(*second.SIDES))


FIRST: Final = "first"
SECOND: Final = "second"
AUTHORS: Final[Mapping[str, Author]] = {
    FIRST: Author(world.World, configuration),
    # The nearest calls are told by what calls of the first world are made of.
    SECOND: Author(
        second.World, _second, [one for one in WAYS if one.name != NEIGHBOURS], everywhere=False
    ),
}

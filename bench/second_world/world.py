"""The world of a seed: calls on some days and on a day of tests, and what is wrong with them."""

from random import Random
from typing import Final

from bench.lifelong.world import Call, Chances, Size
from bench.second_world.firm import SIDES, Firm, dice
from bench.second_world.guard import Stance, guard
from bench.second_world.sessions import Deed
from bench.second_world.tools import FILE, tools
from bench.second_world.traits import deeds
from memory.induction.case import Features

__all__ = ["FILE", "SIDES", "World", "tools"]

PEOPLE: Final = 25  # who see calls and may report
_SIZE: Final = Size()


class World:
    """One firm with its hidden rules, its guard and its calls; the same for the same seed."""

    def __init__(self, seed: int, size: Size = _SIZE) -> None:
        self._seed = seed
        self._firm = Firm(seed)
        self._guard = guard(seed, self._firm)
        self.days = [self._day(day, size.calls) for day in range(size.days)]
        self.test = self._day(size.days, size.test)

    def lacked(self) -> list[float]:
        """Return which share of the test calls breaks each rule that the guard lacks."""
        held = self._guard.held
        lacked = [at for at, one in enumerate(held) if one.stance is Stance.LACKED]
        n = max(1, len(self.test))
        return sorted(sum(at in call.violated for call in self.test) / n for at in lacked)

    def _day(self, day: int, n: int) -> list[Call]:
        made = deeds(dice(self._seed, f"day {day}"), self._firm, day, n)
        rng = dice(self._seed, f"guard on day {day}")
        return [self._call(rng, f"dec_{day:02}_{at:05}", deed) for at, deed in enumerate(made)]

    def _call(self, rng: Random, name: str, deed: Deed) -> Call:
        return Call(
            id=name,
            tool=deed.tool,
            features=Features(
                args=deed.args,
                agent=deed.session.agent.name,
                roles=deed.session.roles,
                context=deed.context,
            ),
            at=deed.at,
            violated=self._guard.violated(deed),
            base=self._guard.decide(deed, rng),
            chances=_chances(rng),
        )


def _chances(rng: Random) -> Chances:
    return Chances(report=rng.random(), flip=rng.random(), person=f"person{rng.randrange(PEOPLE)}")

"""One run: days of calls, decided and spoken of, and then the calls on which is measured."""

from datetime import timedelta

from bench.lifelong.arm import Arm, Day
from bench.lifelong.figures import Figures, figures
from bench.lifelong.people import Cell, People
from bench.lifelong.world import START
from bench.lifelong.worlds import World
from memory.induction.log import Refreshed


def run(world: World, arm: Arm, cell: Cell) -> Figures:
    """Let an arm live through all days of a world, and return what it then comes to."""
    people = People(cell)
    for number, calls in enumerate(world.days, start=1):
        verdicts = arm.decide(calls)
        reports = list(people.say(calls, verdicts))
        refresh = Refreshed(people.number(), START + timedelta(days=number))
        arm.learn(Day(calls, verdicts, reports, refresh))
    return figures(world.test, arm.decide(world.test), cell.flips)

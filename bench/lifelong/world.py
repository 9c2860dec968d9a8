"""A generated world: its calls, what each truly is, and what the guard without memory says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from bench.lifelong import hidden, traits
from bench.lifelong.hidden import ERRS, Guard, Known, Rule
from bench.lifelong.traits import TOOLS, Mix
from dsl.model import Effect
from memory.induction.case import Base, Features

START: Final = datetime(2026, 1, 5, tzinfo=UTC)
PERSONS: Final = 25
_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens: days, calls of each, and calls on which everything is measured."""

    days: int = 20
    calls: int = 300
    test: int = 4000


@dataclass(frozen=True, slots=True)
class Chances:
    """What people would do about a call, drawn beforehand: alike for whatever decides."""

    report: float
    flip: float
    person: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call, and what is true of it."""

    id: str
    tool: str
    features: Features
    at: datetime
    violated: tuple[int, ...]  # the numbers of the hidden rules
    base: Base
    chances: Chances

    @property
    def violation(self) -> bool:
        """Tell whether it violates any."""
        return bool(self.violated)


class World:
    """All of one seed."""

    def __init__(self, seed: int, size: Size = Size()) -> None:
        random = Random(f"the world {seed}")  # noqa: S311 - a world, no secret
        self.rules: Sequence[Rule] = hidden.rules(random)
        self.guard: Guard = hidden.guard(self.rules)
        self._mix: Mix = traits.mix(random)
        self.days = [list(self._day(seed, day, size.calls)) for day in range(size.days)]
        self.test = list(self._day(seed, size.days, size.test))

    def lacked(self) -> list[float]:
        """Return of each rule that the guard has not the share of calls that violate it."""
        found = [at for at, one in enumerate(self.rules) if one.known is Known.NOT]
        of = len(self.test)
        return sorted(sum(at in one.violated for one in self.test) / of for at in found)

    def _day(self, seed: int, day: int, calls: int) -> Iterator[Call]:
        random = Random(f"day {day} of {seed}")  # noqa: S311
        minutes = sorted(random.randrange(_MINUTES) for _ in range(calls))
        for number, minute in enumerate(minutes):
            at = START + timedelta(days=day, minutes=minute)
            yield self._call(random, f"dec_{day:02d}_{number:05d}", at)

    def _call(self, random: Random, name: str, at: datetime) -> Call:
        tool = random.choices(TOOLS, self._mix.tools)[0]
        drawn = traits.traits(random, self._mix)
        soft = self.guard.judges(tool, drawn, errs=random.randrange(ERRS) == 0)
        hard = self.guard.denies(tool, drawn)
        effect = Effect.DENY if soft or hard else Effect.ALLOW
        return Call(
            id=name,
            tool=tool,
            features=traits.features(random, drawn),
            at=at,
            violated=tuple(at for at, one in enumerate(self.rules) if one.holds(tool, drawn)),
            base=Base(effect, soft=soft and not hard),
            chances=_chances(random),
        )


def _chances(random: Random) -> Chances:
    person = f"person{random.randrange(PERSONS)}"
    return Chances(random.random(), random.random(), person)

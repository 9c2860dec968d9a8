"""What a template of rules draws from."""

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from bench.second_world.firm import SIDES, Firm, chance
from bench.second_world.rules import (
    Test,
)
from bench.second_world.sessions import Deed

OURS: Final = SIDES[0]
KNOWN: Final = SIDES[0] + SIDES[1]


class Lore:
    """What a template draws from: the seed's dice, the firm, and a sample of its calls."""

    def __init__(self, rng: Random, firm: Firm, sample: Sequence[Deed]) -> None:
        self.rng = rng
        self.firm = firm
        self._sample = sample

    def some(self, values: Sequence[Any], least: int, most: int) -> tuple[Any, ...]:
        """Return a few of some values."""
        return tuple(self.rng.sample(list(values), self.rng.randint(least, min(most, len(values)))))

    def limit(self, tool: str, arg: str, low: float = 0.5, high: float = 0.95) -> int:
        """Return a round limit that a share of the tool's calls lies above."""
        found = sorted(d.args[arg] for d in self._sample if d.tool == tool and arg in d.args)
        raw = int(found[int(len(found) * self.rng.uniform(low, high))]) if found else 1
        step = max(1, int("1" + "0" * (len(str(raw)) - 1)) // 2)
        return max(1, raw // step * step)

    def maybe(self, *tests: Test, share: float = 0.6) -> tuple[Test, ...]:
        """Return one of some tests, or none."""
        return (self.rng.choice(tests),) if chance(self.rng, share) else ()

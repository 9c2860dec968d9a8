"""What the engine has said of values, kept from one refresh to the next.

A condition that reads one place says the same of a value whenever it is asked. So each is asked of
each value once, and later refreshes ask of what is new.
"""

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from dsl.types import Truth, Unknown

MOST_VALUES: Final = 100_000  # of one place; beyond that everything is asked anew


@dataclass(slots=True)
class Said:
    """What a condition comes to, as bits by the numbers of values."""

    known: int = 0
    true: int = 0
    unknown: int = 0

    def note(self, number: int, truth: Truth) -> None:
        """Keep what was said of a value."""
        bit = 1 << number
        self.known |= bit
        if isinstance(truth, Unknown):
            self.unknown |= bit
        elif truth:
            self.true |= bit


class Keys(NamedTuple):
    """What tells a value from all others, and what those share that it is alike to."""

    own: Hashable
    shared: Hashable


@dataclass(slots=True)
class Noted:
    """The values that stood in one place, each with a number, and what was said of them.

    `keys` are by what values are told apart, and what each is alike to; `named` are the values
    that conditions name.
    """

    numbers: dict[Hashable, int] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=lambda: defaultdict(Said))
    keys: dict[tuple[type, Hashable], Keys] = field(default_factory=dict)
    named: dict[str, frozenset[Hashable]] = field(default_factory=dict)

    def number(self, value: Hashable) -> int:
        """Return the number of a value."""
        return self.numbers.setdefault(value, len(self.numbers))


class Answers:
    """All that was said of the calls of one tool, by place."""

    def __init__(self, most: int = MOST_VALUES) -> None:
        self._most = most
        self._places: dict[str, Noted] = {}

    def of(self, place: str) -> Noted:
        """Return what was said of a place; who holds it keeps it, even if it is begun anew."""
        found = self._places.get(place)
        if found is None or len(found.keys) > self._most or len(found.numbers) > self._most:
            found = self._places[place] = Noted()
        return found

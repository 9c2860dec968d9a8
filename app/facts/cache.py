"""What sessions still know of their look-ups, within one bound for all of them."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

MOST_CHARACTERS: Final = 8 << 20  # of all values together, as text; in memory they take more
OVERHEAD: Final = 200  # for an entry, whatever it holds
Place = tuple[str, str]  # the tenant and its session
Key = tuple[str, str]  # the source and what it was asked with
Writes = tuple[int, int]  # what a session knows to have run that may have changed something


@dataclass(frozen=True, slots=True)
class Entry:
    """A value that holds until an instant, unless something was written; and its characters."""

    value: Any
    writes: Writes
    until: float
    size: int


class Cache:
    """Keeps values; those that were not asked for the longest go first."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._size = 0
        self._entries: OrderedDict[tuple[Place, Key], Entry] = OrderedDict()

    def find(self, place: Place, key: Key, writes: Writes) -> tuple[Any] | None:
        """Return a value that nothing has touched since, in a tuple: it may be null."""
        entry = self._entries.get((place, key))
        if entry is None:
            return None
        if entry.writes != writes or entry.until <= time.monotonic():
            self._forget((place, key))
            return None
        self._entries.move_to_end((place, key))
        return (entry.value,)

    def keep(self, place: Place, key: Key, entry: Entry) -> None:
        """Keep a value."""
        self._forget((place, key))
        self._entries[place, key] = entry
        self._size += _weight(key, entry)
        while self._size > self._most:
            self._forget(next(iter(self._entries)))

    def _forget(self, name: tuple[Place, Key]) -> None:
        if (entry := self._entries.pop(name, None)) is not None:
            self._size -= _weight(name[1], entry)


def _weight(key: Key, entry: Entry) -> int:
    return OVERHEAD + len(key[1]) + entry.size

"""Statements known by their text: the same text is read once, and is the same tree."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final, NamedTuple

from dsl import syntax
from dsl.checks.environment import Asked, Environment
from dsl.errors import Finding


class Faults(NamedTuple):
    """What is wrong in a statement among certain others; places count from its start."""

    among: Environment
    asked: Asked
    names: tuple[Finding, ...]
    types: tuple[Finding, ...]


class Reach(NamedTuple):
    """How deep a let is nested, the names it is made of, and if it asks for scores and labels."""

    depth: int
    roots: tuple[str, ...]
    scores: bool = False
    labels: tuple[str, ...] = ()


NO_REACH: Final = Reach(0, ())  # of all other statements


@dataclass(slots=True, eq=False)
class Known:
    """One statement's text as it was read, or why it cannot be; places count from its start.

    `faults` is what was found last: its parts are always replaced as one, as another
    thread may be reading a policy in which the same text stands among other statements.
    """

    node: syntax.Statement | Finding
    reach: Reach = NO_REACH
    faults: Faults | None = None


# A statement that could be read: where it starts, its tree, and all that is known of it.
Placed = tuple[int, syntax.Statement, Known]


_AT_ONCE: Final = 4  # old texts let go of whenever a new one comes: many at once would take long


class Store:
    """Keeps what was read lately: at least the last `most` characters, at most thrice as many.

    Equal nodes may stand for different texts, with other places in them, so texts are the keys.
    """

    def __init__(self, read: Callable[[str], Known], most: int) -> None:
        self._read, self._most, self._least = read, most, most
        self._new: dict[str, Known] = {}
        self._old: dict[str, Known] = {}
        self._leaving: dict[str, Known] = {}
        self._held = 0
        self._lock = Lock()

    def make_room(self, length: int) -> None:
        """Keep at least so many characters; as others are read, it is less by and by."""
        with self._lock:
            self._most = max(self._most, length)

    def get(self, text: str) -> Known:
        """Return what a text reads as."""
        found = self._new.get(text)
        if found is None:
            found = self._old.get(text) or self._read(text)
            self._keep(text, found)
        return found

    def knows(self, text: str) -> bool:
        """Tell whether a text was read lately."""
        return text in self._new or text in self._old

    def put(self, text: str, known: Known) -> None:
        """Take a text as known, unless it is."""
        if not self.knows(text):
            self._keep(text, known)

    def _keep(self, text: str, known: Known) -> None:
        with self._lock:
            if self._held + len(text) > self._most:
                self._leaving, self._old = self._old, self._new
                self._new, self._held = {}, 0
                self._most = max(self._least, self._most // 2)  # who needs more asks for it again
            for _ in range(min(_AT_ONCE, len(self._leaving))):
                self._leaving.popitem()
            self._new[text] = known
            self._held += len(text)

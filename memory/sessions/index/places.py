"""What stands in a value, by its place, with all elements of a list at one place."""

from collections.abc import Mapping
from typing import Any, Final

from dsl import unreadable
from dsl.session.leaves import Place
from dsl.types import Unreadable

ELEMENT: Final = -1  # in a place: any element of a list
_NUMBER: Final = 20  # characters that a number counts as

At = dict[Place, list[Any]]


class Places:
    """The leaves of a value and the names in it; the places are those of `dsl.session.leaves`."""

    def __init__(self, value: Any) -> None:
        self.leaves: At = {}
        self.names: At = {}
        self.holds_a_riddle = False  # something that nobody can read
        self._walk(value, ())

    def everything(self) -> list[Any]:
        """Return all leaves and names."""
        return [one for at in (self.leaves, self.names) for here in at.values() for one in here]

    def size(self) -> int:
        """Return how many characters there are."""
        return sum(len(one) if isinstance(one, str) else _NUMBER for one in self.everything())

    def _walk(self, value: Any, place: Place) -> None:
        if isinstance(value, str):
            if unreadable.holds_some(value):
                self.holds_a_riddle = True
                value = unreadable.without(value)
            self.leaves.setdefault(place, []).append(value)
        elif isinstance(value, dict | Mapping):
            self.names.setdefault(place, []).extend(value)
            for name, inner in value.items():
                self._walk(inner, (*place, name))
        elif isinstance(value, list | tuple):
            inside = (*place, ELEMENT)
            for inner in value:
                self._walk(inner, inside)
        elif isinstance(value, Unreadable):
            self.holds_a_riddle = True
        elif value is not None and not isinstance(value, bool):
            self.leaves.setdefault(place, []).append(value)

"""What a condition comes to where one argument is absent and all else may be anything."""

from collections.abc import Iterable
from itertools import product
from typing import Any, Final

from dsl import syntax
from dsl.lint.reading import Reading, Steps

FALSE, UNKNOWN, TRUE = range(3)
Outcomes = frozenset[int]
_EITHER: Final = frozenset({FALSE, TRUE})


class Absent:
    """Judges conditions for calls of one tool in which nothing stands at one place."""

    def __init__(self, reading: Reading, tool: str, place: Steps) -> None:
        self._reading, self._tool, self._place = reading, tool, place
        self._named: dict[str, Outcomes] = {}

    def outcomes(self, tree: Any) -> Outcomes:
        """Return what a condition may come to: any of false, unknown and true."""
        lets = self._reading.lets
        match tree:
            case syntax.And(parts):
                return _least(self.outcomes(part) for part in parts)
            case syntax.Or(parts):
                turned = (_turned(self.outcomes(part)) for part in parts)
                return _turned(_least(turned))
            case syntax.Not(inner):
                return _turned(self.outcomes(inner))
            case syntax.Holds(syntax.Path(name, ())) if name in lets:
                if name not in self._named:
                    self._named[name] = _EITHER  # those that lead to themselves are refused
                    self._named[name] = self.outcomes(lets[name])
                return self._named[name]
            case syntax.Quantifier(_, _, items, body) if self._of(items) == _EITHER:
                return self.outcomes(body) | _EITHER
            case syntax.Quantifier(_, _, items, _):
                return self._of(items)
            case syntax.Present(path):
                return frozenset({FALSE}) if self._absent(path) else _EITHER
            case syntax.Comparison(syntax.Path("tool"), "==", syntax.Constant(str() as name)):
                return _EITHER if self._called(name) else frozenset({FALSE})
            case syntax.Comparison(syntax.Path("tool"), "!=", syntax.Constant(str() as name)):
                return _EITHER if self._called(name) else frozenset({TRUE})
            case syntax.Judged():  # no model answers yet: BAR408
                return _EITHER
            case syntax.From(value) | syntax.Has(value):
                return self._of(value)
        return self._of(tree)

    def _called(self, name: str) -> bool:
        return name.rpartition("/")[2] == self._tool.rpartition("/")[2]

    def _absent(self, node: object) -> bool:
        place = self._reading.place(node)
        return place is not None and place[: len(self._place)] == self._place

    def _of(self, tree: object) -> Outcomes:
        """Return what a test comes to: unknown by an absent value, false by its `?`."""
        found = [path for path in self._reading.here(tree) if self._absent(path)]
        if not found:
            return _EITHER
        return frozenset({FALSE if any(path.optional for path in found) else UNKNOWN})


def _least(parts: Iterable[Outcomes]) -> Outcomes:
    found = frozenset({TRUE})
    for part in parts:
        found = frozenset(min(pair) for pair in product(found, part))
    return found


def _turned(part: Outcomes) -> Outcomes:
    return frozenset(TRUE - one for one in part)

"""What a condition comes to where one list is empty and all else may be anything."""

from typing import Any, Final

from dsl import syntax
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope
from dsl.lint.absent import FALSE, TRUE, UNKNOWN, Outcomes, least, turned
from dsl.lint.reading import ANY_TIME, NONE_BOUND, Bound, Reading, Steps
from dsl.model import ToolCall
from dsl.types import Unknown

_EITHER: Final = frozenset({FALSE, TRUE})


class Emptied:
    """Judges conditions for calls in which an empty list stands at one place.

    A test that looks at the list and at something else too is taken to refuse it.
    """

    def __init__(self, reading: Reading, place: Steps) -> None:
        self._reading, self._place = reading, place
        self._seen: dict[str, Outcomes] = {}
        self._scope = Scope(ToolCall("", "", _holding(place)), ANY_TIME, reading.names)

    def outcomes(self, tree: Any, bound: Bound = NONE_BOUND) -> Outcomes:
        """Return what a condition may come to: any of false, unknown and true."""
        lets = self._reading.lets
        match tree:
            case None:
                return frozenset({TRUE})
            case syntax.And(parts):
                return least(self.outcomes(part, bound) for part in parts)
            case syntax.Or(parts):
                return turned(least(turned(self.outcomes(part, bound)) for part in parts))
            case syntax.Not(inner):
                return turned(self.outcomes(inner, bound))
            case syntax.Holds(syntax.Path(name, ())) if name in lets and name not in bound:
                if name not in self._seen:
                    self._seen[name] = _EITHER  # those that lead to themselves are refused
                    self._seen[name] = self.outcomes(lets[name])
                return self._seen[name]
            case syntax.Quantifier(kind, _, items) if self._is(items, bound):
                return frozenset({FALSE if kind == "any" else TRUE})
            case syntax.Quantifier():
                return _EITHER
        return self._test(tree)

    def _is(self, items: object, bound: Bound) -> bool:
        return self._reading.place(items, bound) == self._place

    def _test(self, test: Any) -> Outcomes:
        places = {place[: len(self._place)] for _, place in self._reading.places(test)}
        if self._place not in places:
            return _EITHER
        if places != {self._place} or not isinstance(test, syntax.Node):
            return frozenset({FALSE})
        truth = conditions.evaluate(test, self._scope)  # type: ignore[arg-type]
        return frozenset({UNKNOWN if isinstance(truth, Unknown) else TRUE if truth else FALSE})


def _holding(place: Steps) -> dict[str, Any]:
    """Return arguments with an empty list at a place, and nothing else."""
    value: Any = []
    for step in reversed(place):
        value = [value] if isinstance(step, int) or step == syntax.EACH else {step: value}
    return value if isinstance(value, dict) else {}

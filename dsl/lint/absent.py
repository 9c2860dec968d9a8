"""What a condition comes to where one argument is absent and all else may be anything."""

from collections.abc import Iterable
from itertools import product
from typing import Any, Final, get_args

from dsl import syntax
from dsl.evaluation import conditions
from dsl.evaluation.scope import Scope
from dsl.lint.reading import ANY_TIME, NONE_BOUND, Bound, Reading, Steps
from dsl.lint.schemas import unlisted
from dsl.model import ToolCall
from dsl.types import Unknown

FALSE, UNKNOWN, TRUE = range(3)
Outcomes = frozenset[int]
_EITHER: Final = frozenset({FALSE, TRUE})
# What a value may come to: it is there; it is absent; it is absent and has a `?`.
KNOWN, LACKING, SKIPPED = "known", "lacking", "skipped"
Values = frozenset[str]
_IS_KNOWN: Final = frozenset({KNOWN})
_OPERANDS: Final = get_args(syntax.Operand)


class Absent:
    """Judges conditions for calls of one tool in which nothing stands at one place.

    With `asking` the tests that read there are looked at as if they had a `?`.
    """

    def __init__(self, reading: Reading, tool: str, place: Steps, *, asking: bool = False) -> None:
        self._reading, self._tool, self._place = reading, tool, place
        self._asking = asking
        self._named: dict[str, Outcomes] = {}
        self._values: dict[str, Values] = {}

    def outcomes(self, tree: Any, bound: Bound = NONE_BOUND) -> Outcomes:
        """Return what a condition may come to: any of false, unknown and true."""
        match tree:
            case syntax.And(parts):
                return least(self.outcomes(part, bound) for part in parts)
            case syntax.Or(parts):
                return turned(least(turned(self.outcomes(part, bound)) for part in parts))
            case syntax.Not(inner):
                return turned(self.outcomes(inner, bound))
            case syntax.Quantifier():
                return self._of_elements(tree, bound)
            case syntax.Present(path):
                return self._present(path, bound)
            case syntax.Holds(syntax.Path() as path):
                return self._holds(path, bound)
            case syntax.Judged() | syntax.Saw() | syntax.UserSaid():  # no model answers: BAR408
                return _EITHER
            case syntax.Membership(left, syntax.ListOf(items)):
                return self._among(tree, left, items, bound)
        return self._for_tool(tree) or self._test(_sides(tree), bound)

    # Tests

    def _test(self, sides: Iterable[Any], bound: Bound) -> Outcomes:
        """Return what a test comes to: unknown by an absent value, false by its `?`."""
        found = set[int]()
        for values in product(*(self.values(side, bound) for side in sides)):
            absent = FALSE if SKIPPED in values else UNKNOWN
            found |= _EITHER if set(values) <= {KNOWN} else {absent}
        return frozenset(found)

    def _among(
        self, test: syntax.Membership, left: Any, items: tuple[Any, ...], bound: Bound
    ) -> Outcomes:
        """Return what `in` comes to: an absent element with a `?` equals nothing."""
        if (by_tool := self._for_tool(test)) is not None:
            return by_tool
        own = self._test((left,), bound)
        if own != _EITHER:
            return own
        each = [self.values(item, bound) for item in items]
        lacking = {UNKNOWN} if any(LACKING in one for one in each) else set[int]()
        left_out = each and all(one == {SKIPPED} for one in each)
        among = frozenset({FALSE}) if left_out else _EITHER | lacking
        return turned(among) if test.negated else among

    def _of_elements(self, test: syntax.Quantifier, bound: Bound) -> Outcomes:
        own = self._test((test.items,), bound)
        if own != _EITHER:
            return own
        body = self.outcomes(test.body, {**bound, test.variable: test.items})
        if self._is_within(test.items, bound):
            body |= _EITHER  # other elements have what one of them lacks
        match test.kind:
            case "any":
                return body | {FALSE}
            case "all":
                return body | {TRUE}
        return turned(body) | {TRUE}

    def _is_within(self, items: object, bound: Bound) -> bool:
        """Tell whether it is the elements of a list that lack something."""
        place = self._reading.place(items, bound)
        inside = None if place is None else (*place, syntax.EACH)
        return inside is not None and self._place[: len(inside)] == inside

    def _present(self, path: syntax.Path, bound: Bound) -> Outcomes:
        place = self._reading.place(path, bound)
        if (
            place is not None
            and len(place) < len(self._place)
            and self._place[: len(place)] == place
        ):
            return frozenset({TRUE})  # it is there, and lacks something inside
        if place is not None and self._undeclared(place):
            return frozenset({FALSE})  # a tool without it is told from those that have it
        if KNOWN in (found := self.values(path, bound)):
            return _EITHER
        asked_by = path.root == "fact"  # a fact that cannot be asked for is not absent
        return frozenset({UNKNOWN if asked_by and LACKING in found else FALSE})

    def _undeclared(self, place: Steps) -> bool:
        """Tell whether no valid call of the tool has anything at a place."""
        tools = self._reading.named(self._tool)
        return bool(tools) and all(unlisted(tool, place) is not None for tool in tools)

    def _holds(self, path: syntax.Path, bound: Bound) -> Outcomes:
        named = not path.steps and path.root not in bound and path.root in self._reading.lets
        return self._let(path.root) if named else self._test((path,), bound)

    def _let(self, name: str) -> Outcomes:
        """Return what a named value comes to where it is used as a condition."""
        if name not in self._named:
            self._named[name] = _EITHER  # those that lead to themselves are refused
            value: Any = self._reading.lets[name]
            plain = isinstance(value, _OPERANDS)
            self._named[name] = self._test((value,), NONE_BOUND) if plain else self.outcomes(value)
        return self._named[name]

    # Tests on the tool

    def _for_tool(self, test: syntax.Test) -> Outcomes | None:
        """Return what a test on the tool's name alone comes to, or None if it is no such test."""
        roots = {path.root for path in self._reading.nodes(test, syntax.Path)}
        if "tool" not in roots or not roots - {"tool"} <= self._reading.lets.keys():
            return None
        server, _, name = self._tool.rpartition("/")
        texts = [str(one.value) for one in self._reading.nodes(test, syntax.Constant)]
        servers = [one.rpartition("/")[0] for one in texts if one.endswith(f"/{name}")]
        held = set[int]()
        for one in [server] if server else ["", *servers]:
            call = ToolCall("", name, {}, one or None)
            truth = conditions.evaluate(test, Scope(call, ANY_TIME, self._reading.names))
            held.add(UNKNOWN if isinstance(truth, Unknown) else TRUE if truth else FALSE)
        return frozenset(held)

    # Values

    def values(self, node: Any, bound: Bound) -> Values:
        """Return what a value may come to."""
        match node:
            case syntax.Path():
                return self._path(node, bound)
            case syntax.ListOf(parts) | syntax.CallOf(_, parts):
                return self._first(parts, bound)
            case syntax.Arithmetic(left, _, right) | syntax.Range(left, right):
                return self._first((left, right), bound)
            case syntax.Minus(inner):
                return self.values(inner, bound)
            case syntax.FieldOf(whole, _, optional):
                found = self.values(whole, bound)
                return _skipping(found) if optional else found
            case syntax.Aggregate(_, variable, items, body):
                own = self.values(items, bound)
                inside = {**bound, variable: items}
                return own if own != _IS_KNOWN else self._body(body, inside)
            case None | syntax.Constant() | syntax.Past():
                return _IS_KNOWN
        return _of_truth(self.outcomes(node, bound))

    def _first(self, parts: Iterable[Any], bound: Bound) -> Values:
        """Return what values come to together: the first absent one decides."""
        found = _IS_KNOWN
        for part in parts:
            if KNOWN in found and (own := self.values(part, bound)) != _IS_KNOWN:
                found = (found - {KNOWN}) | own
        return found

    def _body(self, body: Any, bound: Bound) -> Values:
        """Return what a value made of elements comes to: no `?` speaks of them all."""
        if isinstance(body, _OPERANDS):
            lacks = self.values(body, bound) != _IS_KNOWN
        else:
            lacks = UNKNOWN in self.outcomes(body, bound)
        return frozenset({KNOWN, LACKING}) if lacks else _IS_KNOWN

    def _path(self, path: syntax.Path, bound: Bound) -> Values:
        lets = self._reading.lets
        place = self._reading.place(path, bound)
        named = path.root in lets and path.root not in bound
        if place is not None:
            if not self._covers(place):
                return _IS_KNOWN
            own = len(place) - len(path.steps)
            if named and len(self._place) <= own:
                return self.values(lets[path.root], NONE_BOUND)
            each = syntax.EACH in place[own : len(self._place)]
            skipped = (path.optional or self._asking) and not each
            return frozenset({SKIPPED if skipped else LACKING})
        if path.root == "fact":
            asked = self._reading.asked_for(path)
            lacking = self._first(asked, NONE_BOUND) != _IS_KNOWN
            return frozenset({LACKING}) if lacking else _IS_KNOWN
        return self._value_of_let(path.root) if named else _IS_KNOWN

    def _value_of_let(self, name: str) -> Values:
        if name not in self._values:
            self._values[name] = _IS_KNOWN
            self._values[name] = self.values(self._reading.lets[name], NONE_BOUND)
        return self._values[name]

    def _covers(self, place: Steps) -> bool:
        return place[: len(self._place)] == self._place


def _sides(test: Any) -> tuple[Any, ...]:
    """Return the values that a test is about."""
    match test:
        case syntax.Comparison(left, _, right) | syntax.TextMatch(left, _, right):
            return left, right
        case syntax.Membership(left, right):
            return left, right
        case syntax.PatternMatch(one) | syntax.Holds(one) | syntax.From(one) | syntax.Has(one):
            return (one,)
    return ()


def _skipping(found: Values) -> Values:
    return frozenset(SKIPPED if one == LACKING else one for one in found)


def _of_truth(found: Outcomes) -> Values:
    known = _IS_KNOWN if found & _EITHER else frozenset[str]()
    return known | {LACKING} if UNKNOWN in found else known


def least(parts: Iterable[Outcomes]) -> Outcomes:
    """Return what `and` comes to."""
    found = frozenset({TRUE})
    for part in parts:
        found = frozenset(min(pair) for pair in product(found, part))
    return found


def turned(part: Outcomes) -> Outcomes:
    """Return what `not` comes to."""
    return frozenset(TRUE - one for one in part)

"""Evaluates a condition: true, false, or unknown with its cause. Never raises."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from dsl import kinds, patterns, syntax
from dsl.evaluation import lookup, numbers, origin, values
from dsl.evaluation.naming import words
from dsl.evaluation.scope import Scope, judges
from dsl.model import Cause
from dsl.types import Interval, Truth, Unknown, all_of, any_of, is_number, negate

_ORDERED: Final = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1), "==": (0,), "!=": (-1, 1)}


def evaluate(condition: syntax.Condition, scope: Scope) -> Truth:
    """Return whether a condition holds."""
    if not scope.purse.spend():
        return Unknown(Cause.TOO_MUCH, words(condition))
    match condition:
        case syntax.And(parts):
            return all_of(evaluate(part, scope) for part in in_order(parts, scope))
        case syntax.Or(parts):
            return any_of(evaluate(part, scope) for part in in_order(parts, scope))
        case syntax.Not(inner):
            return negate(evaluate(inner, scope))
        case _:
            truth = _test(condition, scope)
            # `?` turns a test on an absent value into false.
            return False if isinstance(truth, Unknown) and truth.optional else truth


def in_order(parts: tuple[syntax.Condition, ...], scope: Scope) -> Iterable[syntax.Condition]:
    """Return parts as they stand, those behind the others that ask a model: it costs time.

    What they come to is the same in any order, but for which of several unknowns is told.
    """
    if not scope.names.judgements:
        return parts
    return sorted(parts, key=lambda part: judges(part, scope.names.lets))


def _test(test: syntax.Test, scope: Scope) -> Truth:
    match test:
        case syntax.Present(path):
            return _present(path, scope)
        case syntax.Holds(inner):
            return _holds(inner, scope)
        case syntax.Quantifier():
            return _quantifier(test, scope)
        case syntax.PatternMatch(left, pattern):
            text = values.evaluate(left, scope)
            if isinstance(text, Unknown):
                return text
            if not scope.purse.afford(text):
                return Unknown(Cause.TOO_MUCH, words(test))
            return patterns.whole(pattern, text) if isinstance(text, str) else _mistyped(test)
        case syntax.Membership(left, right, negated):
            inside = _member(values.evaluate(left, scope), right, test, scope)
            return negate(inside) if negated else inside
        case syntax.Comparison() | syntax.TextMatch():
            return _two_sided(test, scope)
        case _:
            return origin.evaluate(test, scope)


def _two_sided(test: syntax.Comparison | syntax.TextMatch, scope: Scope) -> Truth:
    left, right = values.evaluate(test.left, scope), values.evaluate(test.right, scope)
    unknowns = [side for side in (left, right) if isinstance(side, Unknown)]
    if unknowns:
        return next((one for one in unknowns if one.optional), unknowns[0])
    if not scope.purse.afford(left, right):
        return Unknown(Cause.TOO_MUCH, words(test))
    if isinstance(test, syntax.Comparison):
        kind = scope.kind(test.left) or scope.kind(test.right)
        bounded = isinstance(left, Interval) or isinstance(right, Interval)
        if kind is not None and test.operator in ("==", "!=") and not bounded:
            if not scope.purse.spend(2 * kinds.STEPS):
                return Unknown(Cause.TOO_MUCH, words(test))
            left, right = kinds.read(left, kind), kinds.read(right, kind)
            if left is None or right is None:
                return Unknown(Cause.UNREADABLE, words(test))
        return compare(left, test.operator, right, test)
    return _text_test(left, test.operator, right, test)


def _mistyped(test: syntax.Test) -> Unknown:
    return Unknown(Cause.WRONG_TYPE, words(test))


def compare(left: Any, operator: str, right: Any, test: syntax.Test) -> Truth:
    """Compare two values of one type; anything else is unknown."""
    if isinstance(left, bool) and isinstance(right, bool) and operator in ("==", "!="):
        return (left is right) is (operator == "==")
    if isinstance(left, Interval) or isinstance(right, Interval):
        return _within_bounds(left, operator, right, test)
    found = numbers.order(left, right)
    return _mistyped(test) if found is None else found in _ORDERED[operator]


def _within_bounds(left: Any, operator: str, right: Any, test: syntax.Test) -> Truth:
    """Compare numbers known only within bounds: true or false where that is certain."""
    (low, high), (least, most) = _bounds(left), _bounds(right)
    if not all(map(is_number, (low, high, least, most))):
        return _mistyped(test)
    unknown = Unknown(Cause.PENDING, words(test))
    match operator:
        case "<":
            return True if high < least else False if low >= most else unknown
        case "<=":
            return True if high <= least else False if low > most else unknown
        case ">" | ">=":
            turned = {">": "<", ">=": "<="}[operator]
            return _within_bounds(right, turned, left, test)
        case _:
            same: Truth = unknown
            if high < least or most < low:
                same = False
            elif low == high == least == most:
                same = True
            return same if operator == "==" else negate(same)


def _bounds(value: Any) -> tuple[Any, Any]:
    return (value.low, value.high) if isinstance(value, Interval) else (value, value)


def _text_test(left: Any, operator: str, right: Any, test: syntax.Test) -> Truth:
    if not (isinstance(left, str) and isinstance(right, str)):
        return _mistyped(test)
    match operator:
        case "contains":
            return right in left
        case "starts_with":
            return left.startswith(right)
        case "ends_with":
            return left.endswith(right)
        case "like" if not patterns.glob_fault(right):
            return patterns.whole(patterns.from_glob(right), left)
        case _:
            return Unknown(Cause.UNREADABLE, words(test))


def _member(
    left: Any, right: syntax.Operand | syntax.Range, test: syntax.Test, scope: Scope
) -> Truth:
    """Tell whether a value stands in a list or range."""
    if isinstance(left, Unknown):
        return left
    if isinstance(right, syntax.Range):
        low, high = values.evaluate(right.low, scope), values.evaluate(right.high, scope)
        ends = ((">=", low), ("<=", high))
        return all_of(
            end if isinstance(end, Unknown) else compare(left, sign, end, test)
            for sign, end in ends
        )
    number = isinstance(left, bool | Interval)
    if not number and numbers.order(left, left) is None:
        return _mistyped(test)
    kind = _kind_of(test, right, scope)
    if kind is None or isinstance(left, Interval):
        return any_of(_equal_to_each(left, right, test, scope))
    form = kinds.read(left, kind) if scope.purse.afford(left, steps=kinds.STEPS) else None
    if form is None:
        return Unknown(Cause.UNREADABLE, words(test))
    return any_of(_alike(form, kind, right, test, scope))


def _kind_of(test: syntax.Test, right: syntax.Operand, scope: Scope) -> str | None:
    """Return the kind of a value, or of the elements that it is looked for among."""
    own = scope.kind(test.left) if isinstance(test, syntax.Membership) else None
    match right:
        case syntax.ListOf(items):
            others = (scope.kind(item) for item in items)
        case syntax.Path(root, steps):
            others = (scope.kind(syntax.Path(root, (*steps, syntax.EACH))) for _ in range(1))
        case _:
            return own
    return own or next((kind for kind in others if kind is not None), None)


def _equal_to_each(
    left: Any, right: syntax.Operand, test: syntax.Test, scope: Scope
) -> Iterator[Truth]:
    for item in _each(right, scope):
        yield item if isinstance(item, Unknown) else compare(left, "==", item, test)


def _alike(
    form: str, kind: str, right: syntax.Operand, test: syntax.Test, scope: Scope
) -> Iterator[Truth]:
    """Compare the one form that all ways of writing a value of this kind have."""
    for item in _each(right, scope):
        if isinstance(item, Unknown):
            yield item
            continue
        if not scope.purse.afford(item, steps=kinds.STEPS):
            yield Unknown(Cause.TOO_MUCH, words(test))
            continue
        other = kinds.read(item, kind)
        yield Unknown(Cause.UNREADABLE, words(test)) if other is None else other == form


def _each(right: syntax.Operand, scope: Scope) -> Iterator[Any]:
    """Yield the elements; one that is absent and has a `?` equals nothing."""
    if isinstance(right, syntax.ListOf):
        for item in right.items:
            value = values.evaluate(item, scope)
            if not (isinstance(value, Unknown) and value.optional):
                yield value
        return
    items = values.elements(right, scope)
    if isinstance(items, Unknown):
        yield items
        return
    yield from items


def _present(path: syntax.Path, scope: Scope) -> Truth:
    found = lookup.lookup(path, scope)
    if isinstance(found, Unknown):
        return False if found.cause is Cause.MISSING else found
    return True


def _holds(inner: syntax.Operand, scope: Scope) -> Truth:
    found = values.evaluate(inner, scope)
    if isinstance(found, Unknown | bool):
        return found
    return Unknown(Cause.WRONG_TYPE, words(inner))


def _quantifier(test: syntax.Quantifier, scope: Scope) -> Truth:
    items = values.elements(test.items, scope)
    if isinstance(items, Unknown):
        return items
    scopes = (scope.bind(test.variable, item, test.items) for item in items)
    bodies = (evaluate(test.body, each) for each in scopes)
    match test.kind:
        case "all":
            return all_of(bodies)
        case "any":
            return any_of(bodies)
        case "none":
            return negate(any_of(bodies))

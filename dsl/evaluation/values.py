"""Evaluates the values of a policy: a value, or unknown with its cause. Never raises."""

from datetime import date, datetime, time
from typing import Any

from dsl import syntax
from dsl.evaluation import calls, conditions, history, lookup, numbers
from dsl.evaluation.naming import all_known, known, words
from dsl.evaluation.scope import Scope
from dsl.functions import registry
from dsl.model import Cause
from dsl.types import Interval, Unknown


def evaluate(node: syntax.Expression, scope: Scope) -> Any | Unknown:
    """Return what an expression comes to."""
    if not scope.purse.spend():
        return Unknown(Cause.TOO_MUCH, words(node))
    match node:
        case syntax.Constant(value):
            return _moment(value, scope)
        case syntax.Path():
            return lookup.lookup(node, scope)
        case syntax.ListOf(items):
            return all_known([evaluate(item, scope) for item in items])
        case syntax.CallOf():
            return calls.call(node, scope)
        case syntax.Arithmetic(left, operator, right):
            return _arithmetic(node, evaluate(left, scope), operator, evaluate(right, scope))
        case syntax.Minus(inner):
            return _negated(evaluate(inner, scope), node)
        case syntax.Aggregate():
            return aggregate(node, scope)
        case syntax.Past():
            return history.evaluate(node, scope)
        case syntax.FieldOf():
            return _field(node, scope)
        case _:
            return conditions.evaluate(node, scope)


def _moment(value: Any, scope: Scope) -> Any:
    """Read a written day or time in the policy's zone."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=scope.names.zone)
    if isinstance(value, date):
        return datetime.combine(value, time.min, tzinfo=scope.names.zone)
    return value


def _arithmetic(node: syntax.Arithmetic, left: Any, operator: str, right: Any) -> Any | Unknown:
    for side in (left, right):
        if isinstance(side, Unknown):
            return side
    if isinstance(left, Interval) or isinstance(right, Interval):
        return _bounds(node, left, operator, right)
    return known(numbers.calculate(left, operator, right), node)


def _negated(value: Any, node: syntax.Minus) -> Any | Unknown:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Interval):
        return _interval(numbers.negate(value.high), numbers.negate(value.low), node)
    return known(numbers.negate(value), node)


def _bounds(node: syntax.Arithmetic, left: Any, operator: str, right: Any) -> Any | Unknown:
    """Add or subtract where a number is known only within bounds."""
    (low, high), (least, most) = _ends(left), _ends(right)
    if operator == "+":
        return _interval(
            numbers.calculate(low, "+", least), numbers.calculate(high, "+", most), node
        )
    if operator == "-":
        return _interval(
            numbers.calculate(low, "-", most), numbers.calculate(high, "-", least), node
        )
    return Unknown(Cause.PENDING, words(node))


def _ends(value: Any) -> tuple[Any, Any]:
    return (value.low, value.high) if isinstance(value, Interval) else (value, value)


def _interval(low: Any, high: Any, node: syntax.Operand) -> Any | Unknown:
    for end in (low, high):
        if isinstance(end, Cause):
            return Unknown(end, words(node))
    return Interval(low, high, words(node))


def _field(node: syntax.FieldOf, scope: Scope) -> Any | Unknown:
    whole, shown = evaluate(node.whole, scope), words(node.whole)
    if isinstance(whole, Unknown):
        absent = whole.cause is Cause.MISSING
        return Unknown(whole.cause, whole.path, optional=node.optional and absent)
    found = lookup.inside(whole, node.steps, shown)
    if isinstance(found, Unknown):
        absent = lookup.is_absent(whole, node.steps, found)
        return Unknown(found.cause, found.path, optional=node.optional and absent)
    return lookup.readable(found, shown)


def elements(node: syntax.Operand, scope: Scope) -> list[Any] | Unknown:
    """Return the elements of what must be a list."""
    value = evaluate(node, scope)
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, list | tuple):
        return Unknown(Cause.WRONG_TYPE, words(node))
    if not scope.purse.afford(value):
        return Unknown(Cause.TOO_MUCH, words(node))
    return list(value)


def aggregate(node: syntax.Aggregate, scope: Scope) -> Any | Unknown:
    """Make one value of a list; one unknown element makes it unknown."""
    items = elements(node.items, scope)
    if isinstance(items, Unknown):
        return items
    scopes = (scope.bind(node.variable, item, node.items) for item in items)
    made = all_known([evaluate(node.body, each) for each in scopes])
    if isinstance(made, Unknown):  # a `?` speaks of one element, and never of them all
        return Unknown(made.cause, made.path)
    if node.name == "count":
        return sum(1 for value in made if value is True)
    found = registry.find(node.name)
    return Unknown(Cause.UNREADABLE, node.name) if found is None else known(found[1](made), node)

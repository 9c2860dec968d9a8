"""Evaluates the values of a policy: a value, or unknown with its cause. Never raises."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, Final

from dsl import conditions, numbers, syntax
from dsl.functions import registry
from dsl.functions.function import Apply, Function
from dsl.model import Cause
from dsl.scope import Scope
from dsl.types import Type, Unknown, type_of

_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


def evaluate(node: syntax.Expression, scope: Scope) -> Any | Unknown:
    """Return what an expression comes to."""
    if not scope.purse.spend():
        return Unknown(Cause.TOO_MUCH, words(node))
    match node:
        case syntax.Constant(value):
            return _moment(value, scope)
        case syntax.Path():
            return lookup(node, scope)
        case syntax.ListOf(items):
            return _all_known([evaluate(item, scope) for item in items])
        case syntax.CallOf():
            return _call(node, scope)
        case syntax.Arithmetic(left, operator, right):
            return _arithmetic(node, evaluate(left, scope), operator, evaluate(right, scope))
        case syntax.Minus(inner):
            value = evaluate(inner, scope)
            return value if isinstance(value, Unknown) else _known(numbers.negate(value), node)
        case syntax.Aggregate():
            return aggregate(node, scope)
        case _:
            return conditions.evaluate(node, scope)


def words(node: Any) -> str:
    """Name the first value of the call that an expression reads."""
    if isinstance(node, syntax.Path):
        return str(node).rstrip("?")
    for child in _children(node):
        if found := words(child):
            return found
    return ""


def _children(node: object) -> Iterator[Any]:
    for name in getattr(node, "__match_args__", ()):
        value = getattr(node, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, syntax.Node):
                yield one


def _known(value: Any | Cause, node: syntax.Expression) -> Any | Unknown:
    return Unknown(value, words(node)) if isinstance(value, Cause) else value


def _all_known(values: list[Any]) -> list[Any] | Unknown:
    return next((value for value in values if isinstance(value, Unknown)), values)


def _moment(value: Any, scope: Scope) -> Any:
    """Read a written day or time in the policy's zone."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=scope.zone)
    if isinstance(value, date):
        return datetime.combine(value, time.min, tzinfo=scope.zone)
    return value


def _arithmetic(node: syntax.Arithmetic, left: Any, operator: str, right: Any) -> Any | Unknown:
    for side in (left, right):
        if isinstance(side, Unknown):
            return side
    return _known(numbers.calculate(left, operator, right), node)


# Names


def lookup(path: syntax.Path, scope: Scope) -> Any | Unknown:
    """Return the value at a path, or why there is none. JSON null is absent."""
    shown = str(path).rstrip("?")
    found = _root(path.root, scope)
    if isinstance(found, Unknown):
        return found
    value = _walk(found, path.steps, shown)
    if isinstance(value, Unknown):
        absent = value.cause is Cause.MISSING
        return Unknown(value.cause, shown, optional=path.optional and absent)
    if syntax.EACH in path.steps and not scope.purse.spend(_leaves(value)):
        return Unknown(Cause.TOO_MUCH, shown)
    if isinstance(value, str) and _SURROGATE.search(value):
        return Unknown(Cause.UNREADABLE, shown)
    return value


def _leaves(value: Any) -> int:
    return sum(map(_leaves, value)) + 1 if isinstance(value, list) else 1


def _walk(value: Any, steps: tuple[str | int, ...], shown: str) -> Any | Unknown:
    for at, step in enumerate(steps):
        if value is None:
            return Unknown(Cause.MISSING, shown)
        if step == syntax.EACH:
            if not isinstance(value, list | tuple):
                return Unknown(Cause.WRONG_TYPE, shown)
            return _all_known([_walk(item, steps[at + 1 :], shown) for item in value])
        if isinstance(step, int) and isinstance(value, list | tuple):
            value = value[step] if step < len(value) else None
        elif isinstance(step, str) and isinstance(value, Mapping):
            value = value.get(step)
        else:
            return Unknown(Cause.WRONG_TYPE, shown)
    return Unknown(Cause.MISSING, shown) if value is None else value


def _root(root: str, scope: Scope) -> Any | Unknown:
    if root in scope.variables:
        return scope.variables[root]
    if root in scope.lets:
        return evaluate(scope.lets[root].value, scope.outside())
    call = scope.call
    match root:
        case "args":
            return call.args
        case "context":
            return call.context
        case "tool":
            return call.qualified
        case "now":
            return scope.now.astimezone(scope.zone)
        case "agent":
            return {"id": call.agent}
        case "subject":
            return {"id": call.subject.id, "roles": call.subject.roles}
        case "session":
            return {"id": call.session}
        case _:
            return None


# Functions and tables


def _call(node: syntax.CallOf, scope: Scope) -> Any | Unknown:
    given = _all_known([evaluate(argument, scope) for argument in node.arguments])
    if isinstance(given, Unknown):
        return given
    if node.name in scope.tables:
        if not scope.purse.spend(len(scope.tables[node.name].rows)):
            return Unknown(Cause.TOO_MUCH, words(node))
        return _row(scope.tables[node.name], given, node)
    found = registry.find(node.name)
    if found is None:
        return Unknown(Cause.UNREADABLE, node.name)
    function, apply = found
    if not _fits(function, given):
        return Unknown(Cause.WRONG_TYPE, words(node))
    if not scope.purse.afford(*given, steps=function.steps):
        return Unknown(Cause.TOO_MUCH, words(node))
    return _known(_applied(function, apply, given, scope), node)


def _fits(function: Function, given: list[Any]) -> bool:
    pairs = zip(function.takes, given, strict=False)
    return len(function.takes) == len(given) and all(
        wanted is Type.ANY or type_of(value) is wanted for wanted, value in pairs
    )


def _applied(function: Function, apply: Apply, given: list[Any], scope: Scope) -> Any | Cause:
    result = apply(scope.zone, *given) if function.zoned else apply(*given)
    try:
        return result.astimezone(scope.zone) if isinstance(result, datetime) else result
    except OverflowError:  # within a day of the first or last moment there is
        return Cause.OVERFLOW


def _row(table: syntax.Table, key: list[Any], node: syntax.CallOf) -> Any | Unknown:
    for row in table.rows:
        if len(row.key) == len(key) and all(map(same, row.key, key)):
            return row.value
    return Unknown(Cause.MISSING, words(node) or node.name)


def same(left: Any, right: Any) -> bool:
    """Tell whether two scalars are equal; never across types."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return numbers.order(left, right) == 0


# Lists


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
    made = _all_known([evaluate(node.body, scope.bind(node.variable, item)) for item in items])
    if isinstance(made, Unknown):
        return made
    if node.name == "count":
        return sum(1 for value in made if value is True)
    found = registry.find(node.name)
    return Unknown(Cause.UNREADABLE, node.name) if found is None else _known(found[1](made), node)

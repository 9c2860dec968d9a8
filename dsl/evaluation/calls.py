"""Applies functions, tables and the questions that the state answers."""

from datetime import datetime
from typing import Any

from dsl import syntax
from dsl.evaluation import numbers, origin, values
from dsl.evaluation.naming import all_known, known, words
from dsl.evaluation.scope import Scope
from dsl.functions import registry
from dsl.functions.function import Apply, Function
from dsl.model import Cause
from dsl.types import Interval, Type, Unknown, type_of


def call(node: syntax.CallOf, scope: Scope) -> Any | Unknown:
    """Return what a function, a table or a question comes to."""
    given = all_known([values.evaluate(argument, scope) for argument in node.arguments])
    if isinstance(given, Unknown):
        return given
    if any(isinstance(value, Interval) for value in given):
        return Unknown(Cause.PENDING, words(node))
    if node.name in scope.names.tables:
        table = scope.names.tables[node.name]
        if not scope.purse.spend(len(table.rows)):
            return Unknown(Cause.TOO_MUCH, words(node))
        return _row(table, given, node)
    if node.name in origin.QUESTIONS:
        return origin.ask(node, given, scope)
    found = registry.find(node.name)
    if found is None:
        return Unknown(Cause.UNREADABLE, node.name)
    function, apply = found
    if not _fits(function, given):
        return Unknown(Cause.WRONG_TYPE, words(node))
    if not scope.purse.afford(*given, steps=function.steps):
        return Unknown(Cause.TOO_MUCH, words(node))
    return known(_applied(function, apply, given, scope), node)


def _fits(function: Function, given: list[Any]) -> bool:
    pairs = zip(function.takes, given, strict=False)
    return len(function.takes) == len(given) and all(
        wanted is Type.ANY or type_of(value) is wanted for wanted, value in pairs
    )


def _applied(function: Function, apply: Apply, given: list[Any], scope: Scope) -> Any | Cause:
    result = apply(scope.names.zone, *given) if function.zoned else apply(*given)
    try:
        return result.astimezone(scope.names.zone) if isinstance(result, datetime) else result
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

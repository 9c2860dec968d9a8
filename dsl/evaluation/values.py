"""Evaluates the values of a policy: a value, or unknown with its cause. Never raises."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, Final

from dsl import syntax
from dsl.evaluation import conditions, history, numbers, origin
from dsl.evaluation.scope import Scope
from dsl.functions import registry
from dsl.functions.function import Apply, Function
from dsl.model import Cause
from dsl.types import Interval, Type, Unknown, Unreadable, type_of

_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_MOST_FACTS: Final = 4  # so many facts may be looked up with each other


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
            return _negated(evaluate(inner, scope), node)
        case syntax.Aggregate():
            return aggregate(node, scope)
        case syntax.Past():
            return history.evaluate(node, scope)
        case syntax.FieldOf():
            return _field(node, scope)
        case _:
            return conditions.evaluate(node, scope)


def words(node: Any) -> str:
    """Name the first value of the call that an expression reads."""
    if isinstance(node, syntax.Path):
        return str(node).rstrip("?")
    if isinstance(node, syntax.Past):
        return f"{node.name}({', '.join(node.tools)})"
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
    return _known(numbers.calculate(left, operator, right), node)


def _negated(value: Any, node: syntax.Minus) -> Any | Unknown:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Interval):
        return _interval(numbers.negate(value.high), numbers.negate(value.low), node)
    return _known(numbers.negate(value), node)


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
    whole = evaluate(node.whole, scope)
    found = whole if isinstance(whole, Unknown) else _walk(whole, node.steps, words(node.whole))
    if isinstance(found, Unknown):
        whole_absent = isinstance(whole, Unknown) and whole.cause is Cause.MISSING
        absent = whole_absent or _absent(whole, node.steps, found)
        return Unknown(found.cause, found.path, optional=node.optional and absent)
    return _readable(found, words(node.whole))


# Names


def lookup(path: syntax.Path, scope: Scope) -> Any | Unknown:
    """Return the value at a path, or why there is none. JSON null is absent."""
    shown = str(path).rstrip("?")
    found, steps = _start(path, scope)
    if isinstance(found, Unknown):
        return found
    value = _walk(found, steps, shown)
    if isinstance(value, Unknown):
        absent = _absent(found, steps, value)
        return Unknown(value.cause, shown, optional=path.optional and absent)
    if syntax.EACH in path.steps and not scope.purse.spend(_leaves(value)):
        return Unknown(Cause.TOO_MUCH, shown)
    return _readable(value, shown)


def _absent(whole: Any, steps: tuple[str | int, ...], found: Unknown) -> bool:
    """Tell whether nothing is there at all, and not only nothing in one element of a list."""
    if found.cause is not Cause.MISSING or syntax.EACH not in steps:
        return found.cause is Cause.MISSING
    before = _walk(whole, steps[: steps.index(syntax.EACH)], found.path)
    return isinstance(before, Unknown) and before.cause is Cause.MISSING


def _start(path: syntax.Path, scope: Scope) -> tuple[Any, tuple[str | int, ...]]:
    """Return where a path begins, and the steps from there."""
    if path.root == "fact" and path.steps and "fact" not in scope.variables:
        return _fact(str(path.steps[0]), scope), path.steps[1:]
    return _root(path.root, scope), path.steps


def _fact(name: str, scope: Scope) -> Any | Unknown:
    declared = scope.names.facts.get(name)
    if declared is None:
        return Unknown(Cause.NO_FACT, f"fact.{name}")
    if declared.lookup is None:
        return scope.state.given(name)
    if name in scope.facts or len(scope.facts) == _MOST_FACTS:
        return Unknown(Cause.NO_FACT, f"fact.{name}")  # it is asked for with itself
    args: dict[str, Any] = {}
    for key, operand in declared.lookup.arguments:
        value = evaluate(operand, scope.asking(name))
        if isinstance(value, Interval):
            value = Unknown(Cause.PENDING, value.path)
        if isinstance(value, Unknown):
            # The fact is there or not whatever the call lacks: this is no absence of the fact.
            lacking = value.cause is Cause.MISSING
            return Unknown(Cause.NO_FACT if lacking else value.cause, value.path)
        args[key] = value
    return scope.state.look_up(declared, args)


def _readable(value: Any, shown: str) -> Any | Unknown:
    if isinstance(value, Unreadable) or (isinstance(value, str) and _SURROGATE.search(value)):
        return Unknown(Cause.UNREADABLE, shown)
    return value


def _leaves(value: Any) -> int:
    return sum(map(_leaves, value)) + 1 if isinstance(value, list) else 1


def _walk(value: Any, steps: tuple[str | int, ...], shown: str) -> Any | Unknown:
    for at, step in enumerate(steps):
        if isinstance(value, Unknown):
            return value
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
    if root in scope.names.lets:
        return evaluate(scope.names.lets[root].value, scope.outside())
    call = scope.call
    match root:
        case "args":
            return call.args
        case "context":
            return call.context
        case "tool":
            return call.qualified
        case "now":
            return scope.now.astimezone(scope.names.zone)
        case "agent":
            return {"id": call.agent}
        case "subject":
            return {"id": call.subject.id, "roles": call.subject.roles}
        case "session":
            return {"id": call.session}
        case "result" | "reply":
            return scope.content.get(root)
        case _:
            return None


# Functions and tables


def _call(node: syntax.CallOf, scope: Scope) -> Any | Unknown:
    given = _all_known([evaluate(argument, scope) for argument in node.arguments])
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
    return _known(_applied(function, apply, given, scope), node)


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
    scopes = (scope.bind(node.variable, item, node.items) for item in items)
    made = _all_known([evaluate(node.body, each) for each in scopes])
    if isinstance(made, Unknown):  # a `?` speaks of one element, and never of them all
        return Unknown(made.cause, made.path)
    if node.name == "count":
        return sum(1 for value in made if value is True)
    found = registry.find(node.name)
    return Unknown(Cause.UNREADABLE, node.name) if found is None else _known(found[1](made), node)

"""Evaluates a condition on a call: true, false, or unknown with its cause. Never raises."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from dsl import patterns, syntax
from dsl.model import Cause, ToolCall
from dsl.types import Truth, Unknown, all_of, any_of, is_number, negate

_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_ORDERED: Final = {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1), "==": (0,), "!=": (-1, 1)}


def evaluate(condition: syntax.Condition, call: ToolCall) -> Truth:
    """Return whether a condition holds for a call."""
    match condition:
        case syntax.And(parts):
            return all_of(evaluate(part, call) for part in parts)
        case syntax.Or(parts):
            return any_of(evaluate(part, call) for part in parts)
        case syntax.Not(inner):
            return negate(evaluate(inner, call))
        case syntax.Present(path):
            return _present(path, call)
        case syntax.Holds(path):
            return _holds(path, call)
        case syntax.Comparison() | syntax.TextMatch() | syntax.Membership():
            return _test(condition, condition.left, condition.right, call)
        case syntax.PatternMatch(left):
            return _test(condition, left, left, call)


def _test(
    test: syntax.Comparison | syntax.TextMatch | syntax.Membership | syntax.PatternMatch,
    left: syntax.Operand,
    right: syntax.Operand | syntax.ListOf | syntax.Range,
    call: ToolCall,
) -> Truth:
    """Look both sides up; an absent value is unknown, or false where the policy wrote `?`."""
    unknowns: list[Unknown] = []
    for side in (left, right):
        if isinstance(side, syntax.Path) and isinstance(found := lookup(side, call), Unknown):
            if side.optional and found.cause is Cause.MISSING:
                return False
            unknowns.append(found)
    if unknowns:
        return unknowns[0]
    return _known(test, _value(left, call), call)


def _known(test: syntax.Test, left: Any, call: ToolCall) -> Truth:
    """Decide a test whose sides are all there."""
    at = _words(test)
    match test:
        case syntax.Comparison(_, operator, right):
            return compare(left, operator, _value(right, call), at)
        case syntax.TextMatch(_, operator, right):
            return text_test(left, operator, _value(right, call), at)
        case syntax.PatternMatch(_, pattern):
            return patterns.whole(pattern, left) if isinstance(left, str) else _mistyped(at)
        case syntax.Membership(_, right, negated):
            inside = member(left, right, call, at)
            return negate(inside) if negated else inside
        case _:
            return _mistyped(at)


def _words(test: syntax.Test) -> str:
    """Name the first value of the call that a test reads."""
    left, right = getattr(test, "left", None), getattr(test, "right", None)
    items = right.items if isinstance(right, syntax.ListOf) else (right,)
    named = next((one for one in (left, *items) if isinstance(one, syntax.Path)), None)
    return str(named).rstrip("?") if named else ""


def _mistyped(path: str) -> Unknown:
    return Unknown(Cause.WRONG_TYPE, path)


def _value(operand: Any, call: ToolCall) -> Any:
    return operand.value if isinstance(operand, syntax.Constant) else lookup(operand, call)


def compare(left: Any, operator: str, right: Any, path: str) -> Truth:
    """Compare numbers with numbers and texts with texts; anything else is unknown."""
    wanted = _ORDERED[operator]
    if isinstance(left, bool) and isinstance(right, bool):
        if operator not in ("==", "!="):
            return _mistyped(path)
    elif not (is_number(left) and is_number(right)) and not (
        isinstance(left, str) and isinstance(right, str)
    ):
        return _mistyped(path)
    return (left > right) - (left < right) in wanted


def text_test(left: Any, operator: str, right: Any, path: str) -> Truth:
    """Test one text against another."""
    if not (isinstance(left, str) and isinstance(right, str)):
        return _mistyped(path)
    match operator:
        case "contains":
            return right in left
        case "starts_with":
            return left.startswith(right)
        case "ends_with":
            return left.endswith(right)
        case "like":
            if patterns.glob_fault(right):
                return Unknown(Cause.UNREADABLE, path)
            return patterns.whole(patterns.from_glob(right), left)
        case _:
            return Unknown(Cause.UNREADABLE, path)


def member(
    left: Any, right: syntax.ListOf | syntax.Range | syntax.Path, call: ToolCall, path: str
) -> Truth:
    """Tell whether a value stands in a list or range."""
    if not isinstance(left, str | int | Decimal):
        return _mistyped(path)
    if isinstance(right, syntax.Range):
        low = compare(left, ">=", right.low.value, path)
        return all_of((low, compare(left, "<=", right.high.value, path)))
    if isinstance(right, syntax.ListOf):
        return any_of(_equals(left, item, call, path) for item in right.items)
    items = lookup(right, call)
    if not isinstance(items, list | tuple):
        return _mistyped(str(right))
    return any_of(compare(left, "==", item, path) for item in items)


def _equals(left: Any, item: syntax.Operand, call: ToolCall, path: str) -> Truth:
    value = _value(item, call)
    if isinstance(value, Unknown):
        absent = isinstance(item, syntax.Path) and item.optional
        return False if absent and value.cause is Cause.MISSING else value
    return compare(left, "==", value, path)


def _present(path: syntax.Path, call: ToolCall) -> Truth:
    found = lookup(path, call)
    if isinstance(found, Unknown):
        return False if found.cause is Cause.MISSING else found
    return True


def _holds(path: syntax.Path, call: ToolCall) -> Truth:
    found = lookup(path, call)
    if isinstance(found, Unknown):
        return False if path.optional and found.cause is Cause.MISSING else found
    return found if isinstance(found, bool) else _mistyped(str(path))


def lookup(path: syntax.Path, call: ToolCall) -> Any:
    """Return the value at a path of the call, or why there is none. JSON null is absent."""
    words = str(path).rstrip("?")
    value: Any = _root(path.root, call)
    for step in path.steps:
        if value is None:
            return Unknown(Cause.MISSING, words)
        if isinstance(step, int) and isinstance(value, list | tuple):
            value = value[step] if step < len(value) else None
        elif isinstance(step, str) and isinstance(value, Mapping):
            value = value.get(step)
        else:
            return _mistyped(words)
    if isinstance(value, str) and _SURROGATE.search(value):
        return Unknown(Cause.UNREADABLE, words)
    return Unknown(Cause.MISSING, words) if value is None else value


def _root(root: str, call: ToolCall) -> Any:
    match root:
        case "args":
            return call.args
        case "context":
            return call.context
        case "tool":
            return call.qualified
        case "agent":
            return {"id": call.agent}
        case "subject":
            return {"id": call.subject.id, "roles": call.subject.roles}
        case "session":
            return {"id": call.session}
        case _:
            return None

"""Finds named values: of the call, of the policy, of what is known beside."""

import re
from collections.abc import Mapping
from typing import Any, Final

from dsl import syntax
from dsl.evaluation import values
from dsl.evaluation.naming import all_known
from dsl.evaluation.scope import Scope
from dsl.model import Cause
from dsl.session.leaves import holds_a_riddle
from dsl.types import Interval, Unknown, Unreadable

_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_MOST_FACTS: Final = 4  # so many facts may be looked up with each other


def lookup(path: syntax.Path, scope: Scope) -> Any | Unknown:
    """Return the value at a path, or why there is none. JSON null is absent."""
    shown = str(path).rstrip("?")
    found, steps = _start(path, scope)
    if isinstance(found, Unknown):
        return found
    value = inside(found, steps, shown)
    if isinstance(value, Unknown):
        absent = is_absent(found, steps, value)
        return Unknown(value.cause, shown, optional=path.optional and absent)
    if syntax.EACH in path.steps and not scope.purse.spend(_leaves(value)):
        return Unknown(Cause.TOO_MUCH, shown)
    return readable(value, shown)


def is_absent(whole: Any, steps: tuple[str | int, ...], found: Unknown) -> bool:
    """Tell whether nothing is there at all, and not only nothing in one element of a list."""
    if found.cause is not Cause.MISSING or syntax.EACH not in steps:
        return found.cause is Cause.MISSING
    before = inside(whole, steps[: steps.index(syntax.EACH)], found.path)
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
        value = values.evaluate(operand, scope.asking(name))
        if isinstance(value, Interval):
            value = Unknown(Cause.PENDING, value.path)
        if holds_a_riddle(value):  # no source can be asked with it
            value = Unknown(Cause.UNREADABLE, f"fact.{name}")
        if isinstance(value, Unknown):
            # The fact is there or not whatever the call lacks: this is no absence of the fact.
            lacking = value.cause is Cause.MISSING
            return Unknown(Cause.NO_FACT if lacking else value.cause, value.path)
        args[key] = value
    return scope.state.look_up(declared, args)


def readable(value: Any, shown: str) -> Any | Unknown:
    """Return a value that is no riddle: no image, no half of a character."""
    halved = isinstance(value, str) and not value.isascii() and _SURROGATE.search(value)
    return Unknown(Cause.UNREADABLE, shown) if halved or isinstance(value, Unreadable) else value


def _leaves(value: Any) -> int:
    return sum(map(_leaves, value)) + 1 if isinstance(value, list) else 1


def inside(value: Any, steps: tuple[str | int, ...], shown: str) -> Any | Unknown:
    """Return what stands at some steps inside a value; null is absent."""
    for at, step in enumerate(steps):
        if isinstance(value, Unknown):
            return value
        if value is None:
            return Unknown(Cause.MISSING, shown)
        if step == syntax.EACH:
            if not isinstance(value, list | tuple):
                return Unknown(Cause.WRONG_TYPE, shown)
            return all_known([inside(item, steps[at + 1 :], shown) for item in value])
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
        return values.evaluate(scope.names.lets[root].value, scope.outside())
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

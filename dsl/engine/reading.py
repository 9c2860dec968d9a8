"""Reads the value of a field from a call, as the interpreter would, for all rules at once."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from dsl import kinds, syntax
from dsl.engine.atoms import FEW, LONGEST, SHORT, VALUE_STEPS, Field
from dsl.evaluation import lookup, values
from dsl.evaluation.scope import CHARACTERS, Purse, Scope
from dsl.model import Cause
from dsl.types import Unknown

# The value is so large or took so long that a rule's budget comes into it: rules are read one by
# one then, each with a budget of its own.
TOO_MUCH: Final = object()
_UNSURE: Final = Unknown(Cause.UNREADABLE, "")
_MISSING: Final = Unknown(Cause.MISSING, "")
_OPTIONAL: Final = Unknown(Cause.MISSING, "", optional=True)
Reader = Callable[[Scope], Any]


def reader(field: Field) -> Reader:
    """Return what reads a field."""
    plain = _plain(field.operand)
    read = _worked_out(field.operand) if plain is None else plain
    return read if field.kind is None else _spelled(read, field.kind)


def is_plain(field: Field) -> bool:
    """Tell whether a field is an argument of its own, as most are: it is read at once."""
    match field.operand:
        case syntax.Path("args", (str(),)):
            return field.kind is None
        case _:
            return False


def is_short(scope: Scope) -> bool:
    """Tell whether no value that is not read could use up a rule's budget."""
    call = scope.call
    told = (call.subject.id, call.agent, call.session, call.tool, call.server, call.subject.roles)
    return all(map(_is_short, (call.args, call.context, scope.content, *told)))


def _is_short(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= SHORT
    if isinstance(value, list | tuple):
        return len(value) <= FEW and all(map(_is_short, value))
    if isinstance(value, Mapping):  # a function makes a list of its members
        return len(value) <= FEW and all(map(_is_short, value.values()))
    return True


def _plain(operand: syntax.Operand) -> Reader | None:
    match operand:
        case syntax.Path("args", (str() as name,), optional):
            absent = _OPTIONAL if optional else _MISSING
        case _:
            return None

    def read(scope: Scope) -> Any:
        value = scope.call.args.get(name)
        if value is None:
            return absent
        if type(value) is str:
            if len(value) > LONGEST:
                return TOO_MUCH
            return value if value.isascii() else lookup.readable(value, "")
        return lookup.readable(value, "") if _is_small(value) else TOO_MUCH

    return read


def _worked_out(operand: syntax.Operand) -> Reader:
    def read(scope: Scope) -> Any:
        purse = Purse(VALUE_STEPS)
        value = values.evaluate(operand, scope.judging(scope.effect, purse))
        return value if purse.left >= 0 and _is_small(value) else TOO_MUCH

    return read


def _is_small(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST
    return not isinstance(value, list | tuple) or len(value) <= LONGEST // CHARACTERS


def _spelled(read: Reader, kind: str) -> Reader:
    """Return a reader of the one form that all spellings of a value have."""

    def spelled(scope: Scope) -> Any:
        value = read(scope)
        if value is TOO_MUCH or isinstance(value, Unknown):
            return value
        if not isinstance(value, str | int | Decimal):
            return _UNSURE
        form = kinds.read(value, kind)
        return _UNSURE if form is None else form

    return spelled

"""Reads the value of a field from a call, as the interpreter would, for all rules at once."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from dsl import kinds, syntax
from dsl.engine.atoms import LONGEST, VALUE_STEPS, Field
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


def _plain(operand: syntax.Operand) -> Reader | None:
    """Return a quick reader of an argument of its own, as most fields are."""
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

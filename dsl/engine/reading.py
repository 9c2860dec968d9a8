"""Reads the value of a field from a short call, as the interpreter would, for all rules at once."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from dsl import kinds, syntax
from dsl.engine.atoms import Field
from dsl.evaluation import lookup, values
from dsl.evaluation.scope import Purse, Scope
from dsl.model import Cause
from dsl.types import Unknown

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
    return field.kind is None and _plain(field.operand) is not None


def _plain(operand: syntax.Operand) -> Reader | None:
    match operand:
        case syntax.Path("args", (str() as name,), optional):
            absent = _OPTIONAL if optional else _MISSING
        case syntax.Path("subject", ("roles",)):
            return lambda scope: scope.call.subject.roles
        case _:
            return None

    def read(scope: Scope) -> Any:
        value = scope.call.args.get(name)
        if value is None:
            return absent
        if type(value) is str and value.isascii():
            return value
        return lookup.readable(value, "")

    return read


def _worked_out(operand: syntax.Operand) -> Reader:
    def read(scope: Scope) -> Any:
        return values.evaluate(operand, scope.judging(scope.effect, Purse()))

    return read


def _spelled(read: Reader, kind: str) -> Reader:
    """Return a reader of the one form that all spellings of a value have."""

    def spelled(scope: Scope) -> Any:
        value = read(scope)
        if isinstance(value, Unknown):
            return value
        if not isinstance(value, str | int | Decimal):
            return _UNSURE
        form = kinds.read(value, kind)
        return _UNSURE if form is None else form

    return spelled

"""Values and three-valued logic (Kleene): true, false, and unknown with its cause."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeGuard

from dsl.model import Cause

Scalar = str | int | Decimal | bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer of something that could not be evaluated; never a guess."""

    cause: Cause
    path: str

    def __bool__(self) -> bool:
        """Refuse to be used as a plain truth value."""
        message = "an unknown is neither true nor false"
        raise TypeError(message)


Truth = bool | Unknown


def negate(value: Truth) -> Truth:
    """Kleene `not`: unknown stays unknown."""
    return value if isinstance(value, Unknown) else not value


def all_of(values: Iterable[Truth]) -> Truth:
    """Kleene `and`: one false settles it, else the first unknown stands."""
    unknown: Unknown | None = None
    for value in values:
        if isinstance(value, Unknown):
            unknown = value if unknown is None else unknown
        elif not value:
            return False
    return True if unknown is None else unknown


def any_of(values: Iterable[Truth]) -> Truth:
    """Kleene `or`: one true settles it, else the first unknown stands."""
    unknown: Unknown | None = None
    for value in values:
        if isinstance(value, Unknown):
            unknown = value if unknown is None else unknown
        elif value:
            return True
    return False if unknown is None else unknown


def is_number(value: Any) -> TypeGuard[int | Decimal]:
    """Tell a number from a truth value, which Python counts among the integers."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)

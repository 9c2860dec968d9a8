"""Values and three-valued logic (Kleene): true, false, and unknown with its cause."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, TypeGuard

from dsl.model import Cause

Number = int | Decimal | Fraction


@dataclass(frozen=True, slots=True)
class Percent:
    """A share written with `%`."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer of something that could not be evaluated; never a guess."""

    cause: Cause
    path: str
    optional: bool = False  # the policy wrote `?`: a test on this absent value is false

    def __bool__(self) -> bool:
        """Refuse to be used as a plain truth value."""
        message = "an unknown is neither true nor false"
        raise TypeError(message)


Truth = bool | Unknown


@dataclass(frozen=True, slots=True)
class Interval:
    """A number known only within bounds: some calls it counts may yet run or have failed."""

    low: Number
    high: Number
    path: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value nobody here can read: an image, a sound, an archive, bytes that are no text."""

    what: str
    content: str | None = None  # as it came


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


def is_number(value: Any) -> TypeGuard[Number]:
    """Tell a number from a truth value, which Python counts among the integers."""
    return isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool)


class Type(StrEnum):
    """What kinds of values there are; comparisons and functions never mix them."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth value"
    TIME = "time"
    DURATION = "duration"
    PERCENT = "percentage"
    LIST = "list"
    OBJECT = "object"
    ANY = "value"


def type_of(value: Any) -> Type:
    """Return the type of a value."""
    if isinstance(value, bool):
        return Type.TRUTH
    if is_number(value) or isinstance(value, Interval):
        return Type.NUMBER
    for kind, name in _TYPES:
        if isinstance(value, kind):
            return name
    return Type.ANY


_TYPES = (
    (str, Type.TEXT),
    (datetime, Type.TIME),
    (timedelta, Type.DURATION),
    (Percent, Type.PERCENT),
    (list | tuple, Type.LIST),
    (Mapping, Type.OBJECT),
)

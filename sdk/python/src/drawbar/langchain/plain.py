"""Values of Python as JSON holds them, so that the gateway can judge them."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from drawbar import exact
from drawbar.fault import Fault


def plain(value: Any) -> Any:
    """Return the value as JSON holds it; what JSON cannot hold is the fault `invalid_call`."""
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | str() | int() | float() | Decimal():
            return value
        case Mapping():
            return {_key(name): plain(item) for name, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case datetime() | date() | time():
            return value.isoformat()
        case UUID() | PurePath():
            return str(value)
    if callable(dump := getattr(value, "model_dump", None)):
        return plain(dump(mode="json"))
    raise Fault(f"JSON cannot hold a {type(value).__name__}", "invalid_call")


def told(value: Any) -> Any:
    """Return a result as the gateway is told of it: as JSON, or as the text a model would read."""
    try:
        made = plain(value)
        exact.write({"result": made})
    except Fault:
        return str(value)
    return made


def same(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are one, whatever the order of members is."""
    match left, right:
        case Mapping(), Mapping():
            return left.keys() == right.keys() and all(same(left[at], right[at]) for at in left)
        case list() | tuple(), list() | tuple():
            return len(left) == len(right) and all(map(same, left, right))
        case (bool(), _) | (_, bool()):
            return left is right
        case (int() | float() | Decimal(), int() | float() | Decimal()):
            return _digits(left) == _digits(right)
    return type(left) is type(right) and bool(left == right)


def _digits(number: float | Decimal) -> Decimal:
    """Return a number as it is written, which for a float is not what it holds."""
    return Decimal(float.__repr__(number)) if isinstance(number, float) else Decimal(number)


def shown_text(value: Any) -> str:
    """Return what to put into a message: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else exact.written(value)


def _key(name: Any) -> str:
    if isinstance(name, Enum):
        name = name.value
    if not isinstance(name, str):
        raise Fault("JSON cannot hold a key that is not a text", "invalid_call")
    return name

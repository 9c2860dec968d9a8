"""Puts what rules changed into the caller's own types, without losing a digit."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def restored(original: Any, changed: Any) -> Any:
    """Return the changed value; what rules left alone in it are the caller's own objects."""
    match changed:
        case Mapping():
            known = original if isinstance(original, Mapping) else {}
            return {name: restored(known.get(name), item) for name, item in changed.items()}
        case list():
            if isinstance(original, list | tuple) and len(original) == len(changed):
                items = [restored(*pair) for pair in zip(original, changed, strict=True)]
                return tuple(items) if isinstance(original, tuple) else items
            return [restored(None, item) for item in changed]
        case bool() | str() | None:
            return original if type(original) is type(changed) and original == changed else changed
    return _number(original, changed)


def _number(original: Any, changed: int | Decimal) -> Any:
    """Return the number as the caller's own kind of number if that holds it exactly."""
    if isinstance(original, int | float | Decimal) and not isinstance(original, bool):
        if _digits(original) == changed:
            return original
        if isinstance(original, Decimal):
            return Decimal(changed)
    if isinstance(changed, int) and not isinstance(original, float):
        return changed
    near = _float(changed)
    return near if near is not None and _digits(near) == changed else changed


def _float(number: int | Decimal) -> float | None:
    try:
        return float(number)
    except OverflowError:
        return None


def _digits(number: float | Decimal) -> Decimal:
    """Return a number as it is written, which for a float is not what it holds."""
    return Decimal(float.__repr__(number)) if isinstance(number, float) else Decimal(number)

"""Numbers as the official client sends them: it would make texts of exact decimals."""

from decimal import Decimal
from typing import Any

from drawbar.fault import Fault


def sendable(value: Any) -> Any:
    """Return a value with numbers that are sent as they are, or raise the fault `invalid_call`."""
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, dict):
        return {name: sendable(one) for name, one in value.items()}
    return [sendable(one) for one in value] if isinstance(value, list | tuple) else value


def _number(value: Decimal) -> int | float:
    if value.is_finite():
        near = float(value)
        if Decimal(repr(near)) == value:
            return near
        if value == value.to_integral_value():
            return int(value)
    raise Fault("a number has more digits than the client can send", "invalid_call")

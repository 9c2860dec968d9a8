"""Features of a call as plain values, to be sealed, and read back as they were.

Each object and list says what it is, so no name that a caller chose is taken for a mark of ours.
"""

from collections.abc import Mapping
from typing import Any

from memory.induction.case import Features, Withheld


def packed(features: Features) -> dict[str, Any]:
    """Return features as plain values."""
    return {
        "args": _packed(features.args),
        "agent": features.agent,
        "roles": list(features.roles),
        "context": dict(features.context),
        "labels": sorted(features.labels),
    }


def unpacked(told: Mapping[str, Any]) -> Features:
    """Read features back, or raise where they are none."""
    args = _unpacked(told["args"])
    if not isinstance(args, dict):
        raise TypeError("the arguments of a case are no object")
    return Features(
        args=args,
        agent=told["agent"],
        roles=tuple(told["roles"]),
        context=told["context"],
        labels=frozenset(told["labels"]),
    )


def _packed(value: Any) -> Any:
    match value:
        case Withheld():
            return {"withheld": [value.untrusted, value.nowhere]}
        case Mapping():
            return {"object": {str(name): _packed(inner) for name, inner in value.items()}}
        case list() | tuple():
            return {"list": [_packed(one) for one in value]}
        case _:
            return value


def _unpacked(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    ((what, inner),) = value.items()
    match what:
        case "withheld":
            return Withheld(*inner)
        case "object":
            return {name: _unpacked(one) for name, one in inner.items()}
        case "list":
            return [_unpacked(one) for one in inner]
        case _:
            raise ValueError("a value of a case cannot be read")

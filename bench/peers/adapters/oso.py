"""oso: a call is the resource, the tool is the action, and `is_allowed` says yes or no.

The arguments are an attribute of the call, a dictionary as they come from JSON.
"""

import importlib.metadata
from collections.abc import Mapping
from typing import Any

from host import (  # type: ignore[import-not-found]
    ALLOWED,
    REFUSED,
    Answer,
    Case,
    Decide,
    args_of,
)
from oso import Oso  # type: ignore[import-not-found]


class ToolCall:
    """What the policies name `ToolCall`."""

    def __init__(self, args: Any, declared: Mapping[str, Any]) -> None:
        self.args = args
        self.declared = dict(declared)


def version() -> str:
    """Return the version of oso."""
    return importlib.metadata.version("oso")


def load(case: Case) -> Decide:
    """Load the rules, with the class that they name."""
    oso = Oso()
    oso.register_class(ToolCall)
    oso.load_str(case.text)

    def decide(call: Mapping[str, Any]) -> Answer:
        made = ToolCall(args_of(call), _declared(case, call["tool"]))
        allowed = oso.is_allowed("agent", call["tool"], made)
        return Answer(ALLOWED if allowed else REFUSED)

    return decide


def _declared(case: Case, tool: str) -> dict[str, Any]:
    known: dict[str, Any] = next((one for one in case.tools or [] if one["name"] == tool), {})
    risk = {"risk": known["risk"]} if "risk" in known else {}
    return {**risk, **known.get("annotations", {})}

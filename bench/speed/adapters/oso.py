"""oso: a call is the resource, the tool is the action."""

import importlib.metadata
from typing import Any

from host import Call, Decide, Prepare  # type: ignore[import-not-found]
from oso import Oso  # type: ignore[import-not-found]


class ToolCall:
    """What the policies name `ToolCall`."""

    def __init__(self, args: Any) -> None:
        self.args = args


def version() -> str:
    """Return the version of oso."""
    return importlib.metadata.version("oso")


def load(text: str) -> tuple[Prepare, Decide]:
    """Load the rules, with the class that they name."""
    oso = Oso()
    oso.register_class(ToolCall)
    oso.load_str(text)

    def prepare(call: Call) -> tuple[str, ToolCall]:
        return call["tool"], ToolCall(call["args"])

    def decide(request: tuple[str, ToolCall]) -> bool:
        return bool(oso.is_allowed("agent", *request))

    return prepare, decide

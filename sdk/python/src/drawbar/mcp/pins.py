"""Tool definitions as they were first listed: one that changes later is not the same tool."""

import hashlib
from typing import Final

from mcp_types import Tool

from drawbar.fault import Fault

CHANGED: Final = "its definition is not the one that was listed first; connect anew to take it"


class Pins:
    """The definitions of one connection's tools."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._changed: set[str] = set()

    def kept(self, tools: list[Tool]) -> list[Tool]:
        """Return the tools that are new, or as they were; what is listed twice is neither."""
        seen: set[str] = set()
        for tool in tools:
            digest = _digest(tool)
            if self._known.setdefault(tool.name, digest) != digest or tool.name in seen:
                self._changed.add(tool.name)
            seen.add(tool.name)
        return [tool for tool in tools if tool.name not in self._changed]

    def must_be_as_listed(self, name: str) -> None:
        """Raise if the definition of a tool has changed."""
        if name in self._changed:
            raise Fault(f"`{name}`: {CHANGED}", "tool_changed")


def _digest(tool: Tool) -> str:
    text = tool.model_dump_json(by_alias=True, exclude_none=True, exclude={"meta"})
    return hashlib.sha256(text.encode()).hexdigest()

"""The tools of all servers as they may be shown: readable, named, and as they were pinned."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from mcp_types import Tool as Shape
from pydantic import ValidationError

from app.edges.mcp import names
from app.edges.mcp.pins import PINNED, Pins
from dsl import strictjson, toolspec
from dsl.errors import Source

log = structlog.get_logger("drawbar.mcp")


@dataclass(frozen=True, slots=True)
class Entry:
    """One tool of one server; where it is `held` it is shown to nobody and never called."""

    server: str
    name: str
    public: str
    definition: Mapping[str, Any]
    held: str | None = None
    usable: bool = True  # whether its calls could be checked at all

    @property
    def typed_result(self) -> bool:
        """Tell whether clients hold its results against a schema."""
        return self.definition.get("outputSchema") is not None

    def shown(self) -> Mapping[str, Any]:
        """Return the definition as clients see it: what was pinned, and nothing beside it."""
        pinned = {one: self.definition[one] for one in PINNED if one in self.definition}
        return {**pinned, "name": self.public}


@dataclass(frozen=True, slots=True)
class Catalog:
    """All tools of a gateway, by their public names, in a stable order."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    def find(self, public: Any) -> Entry | None:
        """Return a tool by its public name."""
        return self.entries.get(public) if isinstance(public, str) else None

    def open(self) -> Iterable[Entry]:
        """Yield those that are not held back."""
        return (one for one in self.entries.values() if one.held is None)


def entries(server: str, tools: Sequence[Any], pins: Pins, *, prefixed: bool) -> list[Entry]:
    """Return the tools of one server; what has no name that can be shown is left out."""
    found: dict[str, Entry] = {}
    twice: set[str] = set()
    for tool in tools:
        name = tool.get("name") if isinstance(tool, dict) else None
        public = names.public(server if prefixed else None, str(name)) if name else None
        if not isinstance(name, str) or public is None:
            continue
        if public in found:
            twice.add(public)
        found[public] = _entry(server, name, public, tool, pins)
    for public in twice:  # nobody could tell which one is called
        del found[public]
    return [found[public] for public in sorted(found)]


def _entry(server: str, name: str, public: str, tool: Mapping[str, Any], pins: Pins) -> Entry:
    if (why := unusable(tool)) is not None:
        return Entry(server, name, public, tool, why, usable=False)
    return Entry(server, name, public, tool, pins.held(server, tool))


def unusable(tool: Mapping[str, Any]) -> str | None:
    """Say why calls of a tool cannot be checked against its schema, if they cannot."""
    try:
        Shape.model_validate(tool, by_name=False)
        if tool["inputSchema"].get("type") != "object":
            return "its arguments are no object"
        for member in ("inputSchema", "outputSchema"):
            if tool.get(member) is not None:
                _read({"name": tool["name"], "inputSchema": tool[member]})
    except ValidationError:
        return "its definition cannot be read"
    except toolspec.ToolsError as error:
        return str(error)
    return None


def _read(tool: Mapping[str, Any]) -> None:
    """Read a schema as that of a call would be: bounded, and leading nowhere."""
    text = strictjson.written({"tools": [tool]})
    tools = toolspec.read(Source("the server's list", text))
    for why in tools.hidden.values():
        raise toolspec.ToolsError(why)


def tell(server: str, listed: int, pins: Pins, found: Sequence[Entry]) -> None:
    """Say what is held back or left out, and what to do about it."""
    held = [one.name for one in found if one.held is not None and one.usable]
    if not pins.knows(server):
        log.warning(
            "no tool of this server is pinned, so all are hidden; look at them and pin them",
            server=server,
            command=f"drawbar mcp pin --name {server} -- COMMAND",
        )
    elif held:
        log.warning("tools are new or changed, so they are hidden", server=server, tools=held)
    for one in found:
        if not one.usable:
            log.warning("a tool is hidden", server=server, tool=one.name, cause=one.held)
    if listed > len(found):
        number = listed - len(found)
        log.warning(
            "tools without a usable name of their own are left out", server=server, n=number
        )

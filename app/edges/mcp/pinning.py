"""Looks at the tools of a server as they are now, and pins them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.edges.mcp import catalog, pins
from app.edges.mcp.links.link import LinkError
from app.edges.mcp.links.upstream import Open, Upstream
from app.edges.mcp.messages import Refused
from dsl.errors import DrawbarError


async def listed(name: str, opens: Open) -> Sequence[Mapping[str, Any]]:
    """Return the tools that a server lists, as it lists them."""
    upstream = Upstream(name, opens)
    try:
        found = await upstream.listed("tools/list", "tools")
    except (LinkError, Refused) as error:
        raise DrawbarError(f"the tools of `{name}` cannot be listed: {error}") from error
    finally:
        await upstream.close()
    return [one for one in found if isinstance(one, dict) and isinstance(one.get("name"), str)]


def pin(folder: Path, name: str, tools: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    """Pin the tools of a server; return a line for each that says what became of it."""
    before = pins.read(folder).by_server.get(name, {})
    lines = [_line(tool, before) for tool in tools]
    now = {str(tool["name"]) for tool in tools}
    gone = [f"  gone      {one}" for one in sorted(set(before) - now)]
    pins.write(folder, name, tools)
    return [*lines, *gone]


def _line(tool: Mapping[str, Any], before: Mapping[str, str]) -> str:
    name = str(tool["name"])
    if (why := catalog.unusable(tool)) is not None:
        return f"  unusable  {name}: {why}"
    if name not in before:
        return f"  new       {name}"
    return f"  {'same   ' if before[name] == pins.digest(tool) else 'changed'}   {name}"

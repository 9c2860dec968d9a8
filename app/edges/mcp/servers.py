"""The servers behind one gateway, and what they list, taken together."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from app.edges.mcp import catalog, names
from app.edges.mcp.catalog import Catalog, Entry
from app.edges.mcp.links.link import LinkError
from app.edges.mcp.links.upstream import Upstream
from app.edges.mcp.messages import Refused
from app.edges.mcp.pins import Pins
from app.plain import plain

log = structlog.get_logger("drawbar.mcp")
LONGEST: Final = 200  # characters of a server's words in the log
NO_ENTRIES: Final[Sequence[Entry]] = ()


def said(error: Exception) -> str:
    """Return what a server, or the way to it, says of a fault, fit to stand in a log."""
    return plain(str(error))[:LONGEST]


@dataclass(frozen=True, slots=True)
class _Read:
    """The tools of a server, and what they were read from."""

    listed: Sequence[Any]
    pins: Pins
    entries: Sequence[Entry]


class Servers:
    """All servers of a gateway by their names; public names carry them where `prefixed`."""

    def __init__(
        self, upstreams: Sequence[Upstream], pins: Callable[[], Pins], *, prefixed: bool
    ) -> None:
        self.by_name: Mapping[str, Upstream] = {one.name: one for one in upstreams}
        self.prefixed = prefixed
        self._pins = pins
        self._read: dict[str, _Read] = {}

    async def catalog(self) -> Catalog:
        """Return the tools of all servers that can be asked right now."""
        found = await asyncio.gather(*(self._entries(one) for one in self.by_name.values()))
        entries = sorted((one for each in found for one in each), key=lambda one: one.public)
        return Catalog({one.public: one for one in entries})

    async def find(self, public: str) -> Entry | None:
        """Return a tool by its public name, asking no server but its own.

        Where that one cannot be asked, raise as it does: whether there is such a tool is unknown.
        """
        server, _, _ = public.partition(names.SEPARATOR)
        owners = [self.by_name[server]] if server in self.by_name else []
        for upstream in owners if self.prefixed else self.by_name.values():
            for entry in await self._listed(upstream):
                if entry.public == public:
                    return entry
        return None

    def named(self, public: str) -> tuple[str, str] | None:
        """Return which server and tool a name would stand for, if any tool could be called so."""
        first, _, rest = public.partition(names.SEPARATOR)
        if not self.prefixed:
            first, rest = next(iter(self.by_name)), public
        named = (first, rest) if first in self.by_name else (names.RESERVED, public)
        return named if names.is_tool(named[1]) else None

    async def _entries(self, upstream: Upstream) -> Sequence[Entry]:
        try:
            return await self._listed(upstream)
        except (LinkError, Refused) as error:
            log.warning(
                "a server's tools cannot be listed", server=upstream.name, cause=said(error)
            )
            return NO_ENTRIES

    async def _listed(self, upstream: Upstream) -> Sequence[Entry]:
        if "tools" not in (await upstream.greeted()).capabilities:
            return NO_ENTRIES
        listed = await upstream.listed("tools/list", "tools")
        pins = self._pins()
        held = self._read.get(upstream.name)
        if held is None or held.listed is not listed or held.pins is not pins:
            entries = catalog.entries(upstream.name, listed, pins, prefixed=self.prefixed)
            if held is None or held.entries != entries:
                catalog.tell(upstream.name, len(listed), pins, entries)
            held = self._read[upstream.name] = _Read(listed, pins, entries)
        return held.entries

    async def capabilities(self) -> Mapping[str, Any]:
        """Return what can be asked of any server that is there."""
        found: dict[str, Any] = {"tools": {}}
        for upstream in self.by_name.values():
            try:
                offered = (await upstream.greeted()).capabilities
            except (LinkError, Refused) as error:
                log.warning("a server is not there", server=upstream.name, cause=said(error))
                continue
            known = ("resources", "prompts", "completions")
            found.update({name: {} for name in known if name in offered})
        return found

    async def close(self) -> None:
        """End all connections."""
        await asyncio.gather(*(one.close() for one in self.by_name.values()))

"""The first words with a server: which revision both speak, and what the server offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    PROTOCOL_VERSION_META_KEY,
    DiscoverResult,
    InitializeResult,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import ValidationError

from app.edges.mcp.links.link import Garbled, Link, Lost
from app.edges.mcp.messages import Refused
from app.version import VERSION

MODERN: Final = "2026-07-28"
LEGACY: Final = "2025-11-25"
DISCOVER_S: Final = 5.0
GREET_S: Final = 30.0
ME: Final = {"name": "drawbar", "version": VERSION}


@dataclass(frozen=True, slots=True)
class Greeted:
    """What a server said of itself."""

    revision: str
    capabilities: Mapping[str, Any]
    instructions: str | None = None

    @property
    def modern(self) -> bool:
        """Tell whether each request tells its revision itself."""
        return self.revision == MODERN

    def params(
        self, params: Mapping[str, Any], capabilities: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """Return the parameters of a request as this server wants them.

        `capabilities` is what the server may ask of us while it answers: nothing, if left out.
        """
        if not self.modern:
            return params
        beside = {**params.get("_meta", {}), **META}
        if capabilities:
            beside[CLIENT_CAPABILITIES_META_KEY] = capabilities
        return {**params, "_meta": beside}


META: Final = {
    PROTOCOL_VERSION_META_KEY: MODERN,
    CLIENT_INFO_META_KEY: ME,
    CLIENT_CAPABILITIES_META_KEY: dict[str, Any](),
}


async def greet(link: Link, seconds: float = GREET_S) -> Greeted:
    """Ask for the newest revision first; a server that does not know it gets the handshake.

    For that it has so many seconds, which may be those in which it still starts.
    """
    try:
        return await _discover(link, DISCOVER_S) or await _shake_hands(link, seconds)
    except Lost:
        if link.closed:
            raise
        return await _greet_late(link, seconds)


async def _greet_late(link: Link, seconds: float) -> Greeted:
    """Greet a server that was still starting, or that answers nothing before the handshake."""
    try:
        return await _shake_hands(link, seconds)
    except Refused:  # it has read the first question since, and speaks the newest revision by it
        found = await _discover(link, seconds)
        if found is None:
            raise
        return found


async def _discover(link: Link, seconds: float) -> Greeted | None:
    """Return what a server says of itself in the newest revision; None if it does not speak it."""
    link.adopt(MODERN)
    try:
        raw = await link.ask("server/discover", {"_meta": META}, seconds)
        found = DiscoverResult.model_validate(raw)
    except (Refused, ValidationError):
        return None
    if MODERN not in found.supported_versions:
        return None
    return Greeted(MODERN, _object(raw, "capabilities"), found.instructions)


async def _shake_hands(link: Link, seconds: float) -> Greeted:
    link.adopt(LEGACY)
    said = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": ME}
    raw = await link.ask("initialize", said, seconds)
    try:
        found = InitializeResult.model_validate(raw)
    except ValidationError as error:
        raise Garbled("the server's handshake cannot be read") from error
    if found.protocol_version not in HANDSHAKE_PROTOCOL_VERSIONS:
        raise Garbled("the server speaks none of the revisions known here")
    link.adopt(found.protocol_version)
    await link.tell("notifications/initialized", {})
    return Greeted(found.protocol_version, _object(raw, "capabilities"), found.instructions)


def _object(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}

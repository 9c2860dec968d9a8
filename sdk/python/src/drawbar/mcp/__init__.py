"""Drawbar for MCP clients: a tool of a server is called only as the gateway decides."""

from drawbar.mcp.carrying import CarryingClient, meta
from drawbar.mcp.guarded import GuardedClient

__all__ = ["CarryingClient", "GuardedClient", "meta"]

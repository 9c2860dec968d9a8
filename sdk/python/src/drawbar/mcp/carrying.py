"""Hands a call that another seat let through on to a gateway that judges it anyway."""

from collections.abc import Mapping
from typing import Any

from mcp import Client as McpClient
from mcp import ClientSession
from mcp_types import CallToolResult, ListToolsResult

from drawbar.current import current_session
from drawbar.handing import Handed, handed


def meta() -> dict[str, str]:
    """Return what to put into `_meta` of a call: its session, and the token of its decision.

    With it the gateway behind knows the call again, and neither counts nor asks a second time.
    """
    if (before := handed()) is not None:
        return before.meta()
    session = current_session()
    return {} if session is None else Handed(session.id, None).meta()


class CarryingClient:
    """Wraps a client of Drawbar's own MCP gateway: it decides nothing, and hands on who calls.

    For calls that a tool makes which was let through already, say by `@guard` or in LangChain.
    """

    def __init__(self, inner: McpClient | ClientSession) -> None:
        self._inner = inner

    async def list_tools(self, **named: Any) -> ListToolsResult:
        """List the tools."""
        return await self._inner.list_tools(**named)

    async def call_tool(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        *places: Any,
        meta: Mapping[str, Any] | None = None,
        **named: Any,
    ) -> CallToolResult:
        """Call a tool of the gateway."""
        named["meta"] = {**(meta or {}), **_meta()} or None
        return await self._inner.call_tool(name, arguments, *places, **named)


_meta = meta  # the name of an argument above

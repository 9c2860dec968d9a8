"""An MCP server for the tests, and a guarded client that is connected to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from mcp import Client
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from drawbar.mcp import GuardedClient
from tests.adapters.bank import Bank


class Server:
    """An MCP server that keeps what it did."""

    def __init__(self) -> None:
        self.did: list[Any] = []
        self.meta: list[Any] = []
        self.server = MCPServer("bank")
        for tool in (self.pay, self.erase, self.search, self.secret, self.cards, self.fail):
            self.server.add_tool(tool)
        self.server.add_tool(self.bump)

    async def pay(self, recipient: str, amount: int, context: Context) -> dict[str, int]:
        """Pay somebody."""
        self.did.append(("pay", recipient, amount))
        self.meta.append(dict(context.request_context.meta or {}))
        return {"paid": amount}

    async def erase(self, what: str) -> str:
        """Erase something."""
        self.did.append(("erase", what))
        return "erased"

    async def search(self, words: str, limit: int) -> str:
        """Search."""
        self.did.append(("search", words, limit))
        return "found"

    async def secret(self) -> str:
        """Tell a secret."""
        self.did.append("secret")
        return "the secret is 4711"

    async def cards(self) -> dict[str, str]:
        """List the cards."""
        return {"card": "4111 1111 1111 1111", "owner": "Ada"}

    async def fail(self, why: str) -> str:
        """Fail."""
        self.did.append(("fail", why))
        raise ToolError(why)

    async def bump(self, by: int) -> str:
        """Count up."""
        self.did.append(("bump", by))
        return "bumped"


Work = Callable[[GuardedClient, Any], Awaitable[Any]]


def run(bank: Bank, thread: str, server: Server, work: Work, **options: Any) -> Any:
    """Connect, and do something with a guarded client."""

    async def main() -> Any:
        callback = options.pop("own_callback", None)
        async with (
            bank.again() as client,
            bank.person_again() as person,
            Client(server.server, elicitation_callback=callback) as inner,
        ):
            if options.pop("approves", False):
                options["approver"] = person
            guarded = GuardedClient(inner, session=client.session(thread), **options)
            return await work(guarded, client)

    return asyncio.run(main())

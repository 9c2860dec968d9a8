"""An MCP server with somebody's account."""

from mcp.server.mcpserver import MCPServer

server = MCPServer("bank")


@server.tool()
def send_money(recipient: str, amount: int) -> str:
    """Send money to an account."""
    return f"{amount} sent to {recipient}"


if __name__ == "__main__":
    server.run()

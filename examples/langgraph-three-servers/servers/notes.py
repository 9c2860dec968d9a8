"""An MCP server with somebody's notes."""

from mcp.server.mcpserver import MCPServer

server = MCPServer("notes")
NOTES = {
    "todo.txt": "Buy bread. The card for it: 4111 1111 1111 1111.",
    "salaries.txt": "Ada 5000, Bob 5100",
}


@server.tool()
def read_note(name: str) -> str:
    """Read a note."""
    return NOTES[name]


if __name__ == "__main__":
    server.run()

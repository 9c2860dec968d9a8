"""A real MCP server with one small tool, over HTTP: `python -m bench.mcp.server PORT`."""

import sys

import mcp_types as types
import uvicorn
from mcp.server.lowlevel import Server

TOOL = types.Tool(
    name="echo",
    input_schema={"type": "object", "properties": {"text": {"type": "string"}}},
)


async def listed(_ctx: object, _params: object) -> types.ListToolsResult:
    """List the tool."""
    return types.ListToolsResult(tools=[TOOL])


async def called(_ctx: object, params: types.CallToolRequestParams) -> types.CallToolResult:
    """Say what was said."""
    text = str((params.arguments or {}).get("text"))
    return types.CallToolResult(content=[types.TextContent(text=text)])


def main() -> None:
    """Serve until told to stop."""
    server = Server("echo", on_list_tools=listed, on_call_tool=called)
    app = server.streamable_http_app(json_response=True, stateless_http=True)
    uvicorn.run(app, port=int(sys.argv[1]), log_level="error")


if __name__ == "__main__":
    main()

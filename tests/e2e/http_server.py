"""A real MCP server over HTTP that notes what it is told: `python http_server.py PORT NOTES`."""

import sys
from pathlib import Path

import mcp_types as types
import uvicorn
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from starlette.requests import Request

NOTES = Path(sys.argv[2])
SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string", "x-mcp-header": "Text"}},
}


async def listed(_ctx: object, _params: object) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[types.Tool(name="note", input_schema=SCHEMA)])


async def called(
    ctx: ServerRequestContext[object, object], params: types.CallToolRequestParams
) -> types.CallToolResult:
    text = str((params.arguments or {}).get("text"))
    note(text, ctx.request)
    return types.CallToolResult(content=[types.TextContent(text=f"noted {text}")])


def note(text: str, request: object) -> None:
    with NOTES.open("a") as notes:
        notes.write(text + "\n")
    if isinstance(request, Request):
        headers = request.headers.items()
        NOTES.with_suffix(".headers").write_text("\n".join(f"{k}: {v}" for k, v in headers))


def main() -> None:
    server = Server("notes", on_list_tools=listed, on_call_tool=called)
    uvicorn.run(server.streamable_http_app(), port=int(sys.argv[1]), log_level="error")


main()

"""Serves tools over the Model Context Protocol that give back what was recorded of them.

Run as `python -I server.py TASKS LATENCY_MS [PORT]` in the environment of this bench: over its
standard streams, or over streamable HTTP where a port is given.
"""

import asyncio
import importlib
import json
import sys
from pathlib import Path
from typing import Any


def key(tool: str, args: Any) -> str:
    """Name a call by all that it holds."""
    return json.dumps([tool, args], sort_keys=True)


def made(tasks: Path, latency_s: float) -> Any:
    """Return the server."""
    types: Any = importlib.import_module("mcp.types")
    server: Any = importlib.import_module("mcp.server")
    calls = [call for task in json.loads(tasks.read_text("utf-8")) for call in task["calls"]]
    known = {key(call["tool"], call["args"]): call["result"] for call in calls}
    names = sorted({call["tool"] for call in calls})

    async def listed(_context: Any, _params: Any) -> Any:
        tools = [types.Tool(name=one, input_schema={"type": "object"}) for one in names]
        return types.ListToolsResult(tools=tools)

    async def called(_context: Any, params: Any) -> Any:
        if latency_s:
            await asyncio.sleep(latency_s)
        text = known[key(params.name, params.arguments or {})]
        return types.CallToolResult(content=[types.TextContent(type="text", text=text)])

    return server.Server("recorded", on_list_tools=listed, on_call_tool=called)


async def over_streams(server: Any) -> None:
    """Serve one client."""
    stdio: Any = importlib.import_module("mcp.server.stdio")
    async with stdio.stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def main() -> None:
    """Serve until the client, or whoever started this, ends it."""
    tasks, latency_ms, *port = sys.argv[1:]
    server = made(Path(tasks), float(latency_ms) / 1000)
    if port:
        uvicorn: Any = importlib.import_module("uvicorn")
        uvicorn.run(server.streamable_http_app(), port=int(port[0]), log_level="error")
    else:
        asyncio.run(over_streams(server))


if __name__ == "__main__":
    main()

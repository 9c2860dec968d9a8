"""An MCP server on standard input and output: it has the tools that its command names."""

import json
import sys

SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}


def answer(method: str) -> dict[str, object] | None:
    """Return what becomes of a request."""
    if method == "initialize":
        me = {"name": "tiny", "version": "1"}
        return {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": me}
    if method == "tools/list":
        return {"tools": [{"name": name, "inputSchema": SCHEMA} for name in sys.argv[1:]]}
    if method == "tools/call":
        return {"content": [{"type": "text", "text": "done"}]}
    return None


for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    result = answer(message["method"])
    told = {"error": {"code": -32601, "message": "no"}} if result is None else {"result": result}
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": message["id"], **told}) + "\n")
    sys.stdout.flush()

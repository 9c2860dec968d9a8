"""An MCP server of the tests: `python -S server.py TOOLS NOTES`.

It notes the arguments of each call exactly as they came, and gives back what TOOLS says.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

TOOLS: Final[dict[str, Any]] = json.loads(Path(sys.argv[1]).read_text("utf-8"))
NOTES: Final = Path(sys.argv[2])
NUMBER: Final = "$number"  # a number is noted as its digits


def number(text: str) -> dict[str, str]:
    return {NUMBER: text}


def write(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def called(line: str) -> dict[str, Any]:
    params = json.loads(line, parse_float=number, parse_int=number)["params"]
    with NOTES.open("a", encoding="utf-8") as notes:
        notes.write(json.dumps([params["name"], params.get("arguments", {})]) + "\n")
    if params.get("arguments", {}).get("fails"):
        return {"content": [{"type": "text", "text": "it failed"}], "isError": True}
    gives = TOOLS[params["name"]]
    text = gives if isinstance(gives, str) else json.dumps(gives)
    return {"content": [{"type": "text", "text": text}], "isError": False}


def answer(message: dict[str, Any], line: str) -> dict[str, Any] | None:
    match message["method"]:
        case "initialize":
            mine = {"name": "bank", "version": "1"}
            known = {"capabilities": {"tools": {}}, "serverInfo": mine}
            return {"protocolVersion": "2025-11-25", **known}
        case "tools/list":
            anything = {"type": "object"}
            return {"tools": [{"name": one, "inputSchema": anything} for one in TOOLS]}
        case "tools/call":
            return called(line)
    return None


def main() -> None:
    for line in sys.stdin.buffer:
        text = line.decode()
        message = json.loads(text)
        if "id" not in message:
            continue
        found = answer(message, text)
        refused = {"error": {"code": -32601, "message": "no such method"}}
        write({"id": message["id"], **(refused if found is None else {"result": found})})


main()

"""A server that goes wrong as its first argument says, and notes each call that reaches it."""

import json
import os
import sys
from pathlib import Path
from typing import Any

HOW, NOTES = sys.argv[1], Path(sys.argv[2])
TOOL = {"name": "pay", "inputSchema": {"type": "object", "properties": {"amount": {}}}}
FINE = {"content": [{"type": "text", "text": "done"}]}


def write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def answer(name: Any, result: Any) -> None:
    write(json.dumps({"jsonrpc": "2.0", "id": name, "result": result}))


def call(name: Any, params: Any) -> None:
    with NOTES.open("a") as notes:
        notes.write(json.dumps(params["arguments"]) + "\n")
    match HOW:
        case "fine":
            answer(name, FINE)
        case "not json":
            write("done: all paid")
        case "a key twice":
            write(f'{{"jsonrpc": "2.0", "id": {name}, "result": {{"content": [], "content": []}}}}')
        case "not utf-8":
            sys.stdout.buffer.write(b'{"jsonrpc": "2.0", "id": 1, "result": {"x": "\xff"}}\n')
            sys.stdout.flush()
        case "oversized":
            answer(name, {"content": [{"type": "text", "text": "x" * (5 << 20)}]})
        case "another id":
            answer(name + 100, FINE)
        case "another id, then ours":
            answer(name + 100, FINE)
            answer(name, FINE)
        case "a text as id":
            answer(str(name), FINE)
        case "no content":
            answer(name, {"isError": False})
        case "an unknown block":
            answer(name, {"content": [{"type": "program", "code": "rm"}]})
        case "a batch":
            write(json.dumps([{"jsonrpc": "2.0", "id": name, "result": FINE}]))
        case "dies":
            os._exit(1)
        case "half an answer":
            sys.stdout.write('{"jsonrpc": "2.0", "id": ')
            sys.stdout.flush()
            os._exit(1)
        case "asks for sampling":
            asked = {"jsonrpc": "2.0", "id": 7, "method": "sampling/createMessage", "params": {}}
            write(json.dumps(asked))
            told = json.loads(sys.stdin.readline())
            assert told["error"]["code"] == -32601, told
            answer(name, FINE)
        case "silent":
            pass


def main() -> None:
    for line in sys.stdin:
        message = json.loads(line)
        name, method = message.get("id"), message["method"]
        if method == "initialize":
            told: Any = {"tools": {}, "logging": {}}
            mine = {"name": "faulty", "version": "1"}
            known = {"protocolVersion": "2025-11-25", "capabilities": told, "serverInfo": mine}
            answer(name, known)
        elif method == "tools/list":
            write('{"jsonrpc": "2.0", "method": "notifications/message", "params": {"data": "!"}}')
            answer(name, {"tools": [TOOL]})
        elif method == "tools/call":
            call(name, message["params"])
        elif name is not None:
            refused = {"code": -32601, "message": "no such method"}
            write(json.dumps({"jsonrpc": "2.0", "id": name, "error": refused}))


main()

"""A server that is hostile as its first argument says; its second names a file for its words."""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

HOW, NOTES = sys.argv[1], Path(sys.argv[2])
FINE = {"content": [{"type": "text", "text": "done"}]}


def answer(name: Any, result: Any) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": name, "result": result}) + "\n")
    sys.stdout.flush()


def note(words: object) -> None:
    with NOTES.open("a") as notes:
        notes.write(f"{words}\n")


def forked() -> None:
    """Leave a child that holds all pipes, ignores being asked to end, and outlives its parent."""
    if child := os.fork():
        note(child)
        return
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)
    os._exit(0)


def call(name: Any) -> None:
    match HOW:
        case "reads nothing":
            note("deaf")
            time.sleep(600)
        case "answers twice":
            answer(name, FINE)
            answer(name, {"content": [{"type": "text", "text": "forged"}]})
        case _:
            answer(name, FINE)


def main() -> None:
    if HOW == "leaves a child":
        forked()
    if HOW == "stays":
        note(os.getpid())
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for line in sys.stdin:
        message = json.loads(line)
        name, method = message.get("id"), message.get("method")
        if method == "initialize":
            mine = {"name": "hostile", "version": "1"}
            told: Any = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}}
            answer(name, {**told, "serverInfo": mine})
        elif method == "tools/call":
            call(name)
        elif name is not None and method is not None:
            refused = {"code": -32601, "message": "no such method"}
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": name, "error": refused}) + "\n")
            sys.stdout.flush()
    if HOW == "stays":
        time.sleep(600)


main()

"""A model server for trying the loop: it says what a script says, whatever it is told.

Usage: python scripted_model.py SCRIPT.json

It speaks as much of the chat completions API as the loop needs, and prints its address.
"""

import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def completion(number: int, step: Any) -> dict[str, Any]:
    """Return a step of the script as the API writes it: a text, or calls of tools."""
    message: dict[str, Any] = {"role": "assistant", "content": None}
    if isinstance(step, str):
        message["content"] = step
    else:
        message["tool_calls"] = [
            {
                "id": f"call_{number}_{at}",
                "type": "function",
                "function": {"name": one["name"], "arguments": json.dumps(one["args"])},
            }
            for at, one in enumerate(step)
        ]
    reason = "stop" if isinstance(step, str) else "tool_calls"
    choice = {"index": 0, "message": message, "finish_reason": reason}
    return {
        "id": f"scripted_{number}",
        "object": "chat.completion",
        "created": 0,
        "model": "scripted",
        "choices": [choice],
    }


def serve(steps: Iterator[tuple[int, Any]]) -> None:
    """Answer each request with the next step, until the process is stopped."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer with what comes next in the script."""
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps(completion(*next(steps))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    serve(enumerate(json.loads(Path(sys.argv[1]).read_text("utf-8"))))

"""Servers in front of our client: one hands on to a live vLLM and notes, one replays a record."""

import contextlib
import http.client
import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from tests.vllm.exchange import Exchange, key, short

PATIENCE_S = 180


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Between"

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0)))))

    def _answer(self, body: Any) -> None:
        status, content = self.server.answered(self.command, self.path, body)
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Print nothing."""


class Between(ThreadingHTTPServer):
    """A server on a free port, in a thread."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answered(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()


class Noting(Between):
    """Hands everything on to a live server, and notes what it says."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._to = urlsplit(address).netloc
        self.noted: list[Exchange] = []

    def answered(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        line = http.client.HTTPConnection(self._to, timeout=PATIENCE_S)
        content = None if body is None else json.dumps(body).encode()
        try:
            line.request(method, path, content, {"Content-Type": "application/json"})
            answer = line.getresponse()
            read = answer.read()
        finally:
            line.close()
        self.noted.append(Exchange(method, path, body, answer.status, short(path, read)))
        return answer.status, read


class Replaying(Between):
    """Answers what was asked of the live server with the same bytes, and nothing else."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        super().__init__()
        self._known = {one.key: one for one in exchanges}
        self.strange: list[tuple[str, Any]] = []

    def answered(self, method: str, path: str, body: Any) -> tuple[int, bytes]:
        found = self._known.get(key(method, path, body))
        if found is None:
            self.strange.append((path, body))
            return 599, b'{"error":"this was never asked of the live server"}'
        return found.status, found.answer.encode()

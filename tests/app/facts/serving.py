"""A real HTTP server on this machine that answers as a test tells it."""

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Answering = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers by the longest path that the server was told of."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers.items())))
        self.server.came.set()
        with self.server.counting, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.server.answers.get(self.path, not_found)(self)

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Print nothing."""


class Counting:
    """Counts how many are inside at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.inside = self.most = 0

    def __enter__(self) -> None:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self.inside -= 1


class Server(ThreadingHTTPServer):
    """The server: `answers` by path, and what it was `asked`, each with its headers."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, certificate: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answering] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.came = threading.Event()
        self.counting = Counting()
        self.scheme = "https" if certificate else "http"
        if certificate is not None:
            self.socket = certificate.wrap_socket(self.socket, server_side=True)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def handle_error(self, *_request: object) -> None:
        """Say nothing of connections that a test breaks."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.shutdown()
        self.server_close()


def not_found(handler: Handler) -> None:
    handler.send(b"{}", 404)


def says(value: Any, status: int = 200, **headers: str) -> Answering:
    """Answer with a value as JSON, or with bytes as they are."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return lambda handler: handler.send(body, status, **headers)


def slowly(value: Any, seconds: float) -> Answering:
    """Answer after some time."""

    def answer(handler: Handler) -> None:
        time.sleep(seconds)
        says(value)(handler)

    return answer


def after(event: threading.Event, value: Any) -> Answering:
    """Answer once something has happened."""

    def answer(handler: Handler) -> None:
        event.wait(60)
        says(value)(handler)

    return answer


def together(meeting: threading.Barrier, value: Any) -> Answering:
    """Answer once so many are asked at the same time: who asks one by one gets no answer."""

    def answer(handler: Handler) -> None:
        meeting.wait(60)
        says(value)(handler)

    return answer


def in_chunks(chunk: bytes, count: int) -> Answering:
    """Answer without saying how much it is."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for _ in range(count):
            handler.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    return answer


def table(values: Mapping[str, Any], form: str = "/limits/{}") -> dict[str, Answering]:
    """Answer with a value for each key."""
    return {form.format(key): says(value) for key, value in values.items()}

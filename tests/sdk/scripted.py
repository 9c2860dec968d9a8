"""A scripted server, over TCP or a Unix socket.

It stands in for faults that a real gateway cannot be made to show: answers cut in the
middle, bytes that drip, echoes of another call. It proves nothing about the gateway itself;
the end-to-end test against the real one stands elsewhere.
"""

import asyncio
import json
import socket
import socketserver
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from drawbar import AsyncClient, Client, Decision

KEY = "k_test"
Body = Callable[[dict[str, Any]], bytes]


def answer(request: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Build the good answer to a request, with some members changed; `...` leaves one out."""
    members = {
        "decision_id": "d_1",
        "call_id": request.get("call_id"),
        "effect": "allow",
        "reason": "rule",
        "retryable": True,
        "message": "Allowed.",
        "reasons": [{"code": "rule", "policy": "banking", "rule": "small", "effect": "allow"}],
        "revision": "118:sha256:9f",
        "dry_run": request.get("dry_run", False),
    }
    return {name: value for name, value in (members | changes).items() if value is not ...}


def saying(**changes: Any) -> Body:
    return lambda request: json.dumps(answer(request, **changes)).encode()


@dataclass(frozen=True)
class Reply:
    """One scripted answer; `raw` stands for the whole of it, headers included."""

    body: Body = field(default_factory=saying)
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    raw: bytes | None = None
    missing: int = 0  # bytes promised by Content-Length and never sent
    pause: float = 0.0  # seconds before each byte
    late: float = 0.0  # seconds before the first
    silent: bool = False  # says nothing until the script ends
    stays: bool = False  # keeps the connection open after `raw`
    leaves: bool = False  # closes it after a whole answer, without a word


GOOD = Reply()
HANG_UP = Reply(raw=b"")


@dataclass
class Scripted:
    """The script, what was asked, and how to reach the server; when the script ends: `GOOD`."""

    script: list[Reply] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    connections: list[socket.socket] = field(default_factory=list)
    kind: str = "blocking"
    url: str = ""

    def client(self, timeout: float = 5.0) -> Client:
        return Client(self.url, KEY, timeout=timeout)

    def check(
        self, *script: Reply, timeout: float = 5.0, args: Any = None, **given: Any
    ) -> Decision:
        """Ask over a new connection, with the client of the kind that the test is run for."""
        self.script[:] = script
        self.asked.clear()
        args = {"amount": 50} if args is None else args
        if self.kind == "looping":
            return asyncio.run(self._check_in_a_loop(timeout, args, given))
        with self.client(timeout) as client:
            return client.check("send_money", args, **given)

    async def _check_in_a_loop(self, timeout: float, args: Any, given: Any) -> Decision:  # noqa: ASYNC109 - the client's own
        async with AsyncClient(self.url, KEY, timeout=timeout) as client:
            return await client.check("send_money", args, **given)


def wait_for(scripted: Scripted, asked: int) -> None:
    """Wait until so many questions came."""
    until = time.monotonic() + 30
    while len(scripted.asked) < asked:
        assert time.monotonic() < until
        time.sleep(0.001)


class TcpServer(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Forgive a client that hangs up; anything else is a mistake in this file."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            raise error


class UnixServer(TcpServer):
    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer's own wants a host and a port


@contextmanager
def serving(*, uds: str | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    scripted = Scripted()
    kind, place = (UnixServer, uds) if uds else (TcpServer, ("127.0.0.1", 0))
    server = kind(place, _handler(scripted))  # type: ignore[arg-type]  # a path, on Unix
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    port = "" if uds else server.server_address[1]
    scripted.url = f"unix:{uds}" if uds else f"http{'s' if tls else ''}://127.0.0.1:{port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield scripted
    finally:
        scripted.ended.set()
        server.shutdown()
        for connection in scripted.connections:
            with suppress(OSError):  # the client closed it
                connection.shutdown(socket.SHUT_RDWR)
        thread.join()
        server.server_close()


def _handler(scripted: Scripted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # the connection is kept

        def setup(self) -> None:
            super().setup()
            scripted.connections.append(self.connection)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            request = json.loads(body or "{}")
            scripted.bodies.append(body)
            scripted.asked.append(request)
            told = {"method": self.command, "path": self.path, **dict(self.headers)}
            scripted.headers.append(told)
            reply = scripted.script.pop(0) if scripted.script else GOOD
            ends = reply.raw is not None and not reply.stays
            self.close_connection = ends or bool(reply.missing) or reply.silent or reply.leaves
            if reply.silent:
                scripted.ended.wait(30)
                return
            scripted.ended.wait(reply.late)
            self.send(_bytes(reply, request), reply.pause)

        do_GET = do_PUT = do_POST  # noqa: N815 - names of the base class

        def send(self, data: bytes, pause: float) -> None:
            if not pause:
                self.wfile.write(data)
                return
            for index in range(len(data)):
                if scripted.ended.wait(pause):
                    return
                self.wfile.write(data[index : index + 1])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay silent."""

    return Handler


def _bytes(reply: Reply, request: dict[str, Any]) -> bytes:
    if reply.raw is not None:
        return reply.raw
    body = reply.body(request)
    length = ("Content-Length", str(len(body) + reply.missing))
    lines = [f"{name}: {value}\r\n" for name, value in (length, *reply.headers)]
    return f"HTTP/1.1 {reply.status} Scripted\r\n{''.join(lines)}\r\n".encode() + body

"""One HTTP exchange over TCP, TLS or a Unix socket, bound to one moment in time."""

import io
import socket
import ssl
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from typing import Any, Final, cast
from urllib.parse import urlsplit

MAX_ANSWER: Final = 1024 * 1024
_CUT = "the answer broke off"
_FORMS = "http://host:port, https://host:port or unix:/path/to.sock"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the gateway listens: a host and a port, or a socket's path."""

    host: str = "localhost"
    port: int = 80
    tls: ssl.SSLContext | None = None
    uds: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, unread."""

    status: int
    media_type: str
    body: bytes


def address_of(url: str) -> Address:
    """Read a gateway's address; anything but host and port in it is refused, not ignored."""
    if url.startswith("unix:/"):
        return Address(uds=url.removeprefix("unix:"))
    parts = urlsplit(url)
    extra = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in {"http", "https"} or not parts.hostname or extra:
        message = f"the address of the gateway must look like {_FORMS}"
        raise ValueError(message)
    if parts.scheme == "http":
        return Address(parts.hostname, parts.port or 80)
    return Address(parts.hostname, parts.port or 443, ssl.create_default_context())


def post(
    address: Address, path: str, headers: dict[str, str], body: bytes, deadline: float
) -> Answer:
    """Send one request and read its answer; no redirect is followed, no proxy is asked."""
    with _open(address, deadline) as sock:
        connection = HTTPConnection(address.host, address.port)
        connection.sock = cast("socket.socket", _Wire(sock, deadline))
        connection.request("POST", path, body, headers | {"Connection": "close"})
        with connection.getresponse() as response:
            return Answer(response.status, _media_type(response), _body(response))


def _media_type(response: HTTPResponse) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _body(response: HTTPResponse) -> bytes:
    try:
        body = response.read(MAX_ANSWER + 1)
    except IncompleteRead as error:
        raise ConnectionError(_CUT) from error
    if len(body) <= MAX_ANSWER and response.length:
        raise ConnectionError(_CUT)
    return body


def _open(address: Address, deadline: float) -> socket.socket:
    if address.uds is not None:
        return _connect(socket.AF_UNIX, address.uds, deadline)
    sock = _dial(address, deadline)
    if address.tls is None:
        return sock
    try:
        sock.settimeout(_left(deadline))
        return address.tls.wrap_socket(sock, server_hostname=address.host)
    except BaseException:
        sock.close()
        raise


def _dial(address: Address, deadline: float) -> socket.socket:
    """Try each address of a host; the look-up of its name alone is not bound by the deadline."""
    fault = OSError("the host has no address")
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    for family, _, _, _, place in found:
        try:
            return _connect(family, place, deadline)
        except OSError as error:
            fault = error
    raise fault


def _connect(family: int, place: Any, deadline: float) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(_left(deadline))
        sock.connect(place)
    except BaseException:
        sock.close()
        raise
    return sock


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Wire:
    """What `HTTPConnection` takes for a socket.

    A socket's own time-out starts anew with each byte, so a slow sender could hold the
    caller for ever. Here every single wait ends at the same moment.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(_left(self._deadline))
            rest = rest[self._sock.send(rest) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._sock, self._deadline))

    def close(self) -> None:
        """Leave the socket open: `post` closes it when the answer is read."""


class _Reader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._sock.settimeout(_left(self._deadline))
        return self._sock.recv_into(buffer)

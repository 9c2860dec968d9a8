"""Connections that block the thread: TCP, TLS or a Unix socket, each wait bound to one moment."""

import socket
import ssl
import time
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from drawbar.address import Address

_SIZE: Final = 64 * 1024
T = TypeVar("T")


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that only ever blocks, and never hands control to a loop."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # typeshed knows no better
    work.close()
    message = "a blocking call wanted to wait in an event loop"
    raise RuntimeError(message)


class BlockingLine:
    """A socket.

    A socket's own time-out starts anew with each byte, so a slow sender could hold the caller
    for ever. Here every single wait ends at the same moment.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    async def send(self, data: bytes, deadline: float) -> None:
        """Send all of it."""
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(left(deadline))
            rest = rest[self._sock.send(rest) :]

    async def receive(self, deadline: float) -> bytes:
        """Return what comes next."""
        self._sock.settimeout(left(deadline))
        return self._sock.recv(_SIZE)

    def usable(self) -> bool:
        """Tell whether nothing came since the last answer, not even the end."""
        try:
            self._sock.settimeout(0)
            self._sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def rest(self) -> None:
        """Be kept; `usable` will look whether anything came."""

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def __del__(self) -> None:
        self._sock.close()


class BlockingOpens:
    """Opens sockets to one address."""

    def __init__(self, address: Address) -> None:
        self._address = address

    async def open(self, deadline: float) -> BlockingLine:
        """Connect."""
        return BlockingLine(_open(self._address, deadline))

    async def pause(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)  # noqa: ASYNC251 - nothing else runs in this thread meanwhile


def left(deadline: float) -> float:
    """Return the seconds until a moment, which must lie ahead."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _open(address: Address, deadline: float) -> socket.socket:
    if address.uds is not None:
        return _connect(socket.AF_UNIX, address.uds, deadline)
    sock = _dial(address, deadline)
    if address.tls is None:
        return sock
    try:
        sock.settimeout(left(deadline))
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
        sock.settimeout(left(deadline))
        sock.connect(place)
    except BaseException:
        sock.close()
        raise
    return sock

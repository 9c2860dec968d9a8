"""Asks one server over so many connections, each with one request under way at a time."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, cast

from bench.gateways import Refused

_OK: Final = b"HTTP/1.1 200"
_PATIENCE_S: Final = 300.0
_AT_ONCE: Final = 32  # sessions, for as many clients at most
_EACH: Final = 50  # calls of one session


@dataclass(slots=True)
class Round:
    """What came of one round: how long it took, and each answer."""

    took_s: float = 0.0
    waits_us: list[float] = field(default_factory=list)


class Line(asyncio.Protocol):
    """One connection that sends the next request when the answer before it is there."""

    def __init__(self, request: Callable[[], bytes | None], waits_us: list[float]) -> None:
        self._request = request
        self._waits = waits_us
        self._got = b""
        self._sent = 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first."""
        self._transport = cast("asyncio.Transport", transport)  # of a stream, whatever its class
        self._next()

    def _next(self) -> None:
        request = self._request()
        if request is None:
            self._transport.close()
            if not self.ended.done():
                self.ended.set_result(None)
            return
        self._got, self._sent = b"", time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Go on once an answer is whole."""
        self._got += data
        head, parted, body = self._got.partition(b"\r\n\r\n")
        if not parted:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._waits.append((time.perf_counter() - self._sent) * 1e6)
        if not head.startswith(_OK):
            self.ended.set_exception(Refused(self._got[:500].decode()))
            self._transport.close()
            return
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so to whoever waits."""
        if not self.ended.done():
            self.ended.set_exception(Refused(f"the connection was lost: {exc}"))


class Asking:
    """Makes requests that nobody made before, in sessions of some calls each."""

    def __init__(self, key: str, *, sessions: bool) -> None:
        self._key = key
        self._sessions = sessions
        self._made = 0

    def request(self) -> bytes:
        """Return the next request."""
        self._made += 1
        number = self._made
        name = f"s{number % _AT_ONCE}.{number // (_AT_ONCE * _EACH)}"  # nobody waits for another's
        session = f'"session":"{name}",' if self._sessions else ""
        body = (
            f'{{"call_id":"c{number}","tool":"pay",{session}"args":'
            '{"recipient":"GB29NWBK60161331926819","amount":50,"currency":"EUR",'
            '"note":"rent of March"}}'
        )
        return (
            "POST /v1/check HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {self._key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


async def ask(where: str, asking: Asking, clients: int, number: int) -> Round:
    """Ask so many questions over so many connections; a port, or the path of a socket."""
    left = number
    made = Round()

    def request() -> bytes | None:
        nonlocal left
        left -= 1
        return asking.request() if left >= 0 else None

    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    lines = [await _line(loop, where, request, made.waits_us) for _ in range(clients)]
    async with asyncio.timeout(_PATIENCE_S):
        await asyncio.gather(*(one.ended for one in lines))
    made.took_s = time.perf_counter() - began
    return made


async def _line(
    loop: asyncio.AbstractEventLoop,
    where: str,
    request: Callable[[], bytes | None],
    waits_us: list[float],
) -> Line:
    def protocol() -> Line:
        return Line(request, waits_us)

    if where.isdigit():
        return (await loop.create_connection(protocol, "127.0.0.1", int(where)))[1]
    return (await loop.create_unix_connection(protocol, where))[1]

"""HTTP/1.1 to one address, over connections that are kept: no cookies, no redirects, no proxies.

A general client took a third of the gateway's time for a call of MCP, and most of what asking a
guard adds. This one knows what these two need and no more; the bytes of answers are read by
httptools, as strictly as it can.
"""

import asyncio
import re
import ssl
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx

from guards.wire.framing import FRAMING
from guards.wire.line import Line, Reply

CONNECT_S: Final = 10.0
REST_S: Final = 4.0  # less than the five seconds after which many servers hang up
MOST_LINES: Final = 100  # at once, to one server
_LAST_PORT: Final = 65_535
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(
    r"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?"
)


class NotReached(OSError):
    """Nothing of a request was sent."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where requests go."""

    host: str
    port: int
    target: str
    named: str  # as the server hears it
    secure: bool
    login: str | None = None  # what the address itself says of a user and a password

    @classmethod
    def read(cls, url: str) -> "Address":
        """Read an address; raise `NotReached` where nothing can be sent to it."""
        try:
            parts = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise NotReached("the address cannot be read") from error
        if parts.scheme not in {"http", "https"} or not parts.host:
            raise NotReached("the address is not one of HTTP")
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        if port > _LAST_PORT:
            raise NotReached("the address has no port that there is")
        target, named = parts.raw_path.decode("ascii"), parts.netloc.decode("ascii")
        said = f"{parts.username}:{parts.password}" if parts.userinfo else None
        login = None if said is None else f"Basic {b64encode(said.encode()).decode()}"
        return cls(parts.raw_host.decode("ascii"), port, target, named, secure, login)


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by the names that they are compared by, so that none is sent twice."""
    return {name.lower(): value for name, value in headers.items()}


class Wire:
    """All connections to one server."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._address = Address.read(url)
        login = self._address.login
        mine = {"host": self._address.named, **lowered(headers)}
        self._headers = mine if login is None else {**mine, "authorization": login}
        self._places = asyncio.Semaphore(MOST_LINES)
        self._resting: list[tuple[Line, float]] = []
        self._lines: set[Line] = set()
        self._trust: ssl.SSLContext | None = None
        self._closed = False

    @asynccontextmanager
    async def asked(
        self, method: str, headers: Mapping[str, str], body: bytes, below: str = ""
    ) -> AsyncIterator[Reply]:
        """Send a request and yield its answer, of which status and headers are there.

        `below` is a path below that of the address, as it is sent. `NotReached` says that nothing
        was sent; every other fault leaves that open. A connection whose answer was not read to its
        end is never used again.
        """
        target = self._address.target
        if below:
            target = target.rstrip("/") + below
        sent = self._written(method, target, {**self._headers, **lowered(headers)}, body)
        async with self._places:
            line = self._rested() or await self._opened()
            try:
                reply = line.ask(sent)
                await reply.begun()
                yield reply
            finally:
                self._let_go(line)

    def _written(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
        lines = [f"{method} {target} HTTP/1.1"]
        for name, value in headers.items():
            if name in FRAMING or not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
                raise NotReached(f"the header `{name[:64]!a}` cannot be sent")
            lines.append(f"{name}: {value}")
        lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def _rested(self) -> Line | None:
        """Return the connection that was used last, if it still can be."""
        while self._resting:
            line, since = self._resting.pop()
            if line.rests and time.monotonic() - since < REST_S:
                return line
            self._drop(line)
        return None

    async def _opened(self) -> Line:
        if self._closed:
            raise NotReached("the link is closed")
        address, loop = self._address, asyncio.get_running_loop()
        try:
            trust = await self._trusted() if address.secure else None
            async with asyncio.timeout(CONNECT_S):
                _, line = await loop.create_connection(Line, address.host, address.port, ssl=trust)
        except (OSError, ValueError) as error:  # a certificate, too, and a name nobody can have
            raise NotReached("the server cannot be reached") from error
        self._lines.add(line)
        return line

    async def _trusted(self) -> ssl.SSLContext:
        """Return whose certificates are believed; reading them takes a while."""
        if self._trust is None:
            trust = await asyncio.to_thread(httpx.create_ssl_context)
            trust.set_alpn_protocols(["http/1.1"])
            self._trust = trust
        return self._trust

    def _let_go(self, line: Line) -> None:
        if self._closed or not line.rests:
            self._drop(line)
            return
        self._resting.append((line, time.monotonic()))

    def _drop(self, line: Line) -> None:
        line.close()
        self._lines.discard(line)

    def close(self) -> None:
        """Close every connection; who still waits on one is told so."""
        self._closed = True
        for line in list(self._lines):
            self._drop(line)
        self._resting.clear()

"""A server that answers with the bytes a test gives it, right or wrong."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from ssl import SSLContext
from typing import Any, Final

FINE: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"
CHUNKED: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
Says = Callable[[int, bytes], bytes | None]


class Server:
    """Answers the n-th request with the bytes it is given; `None` hangs up."""

    def __init__(self, says: Says) -> None:
        self._says = says
        self.lines = 0
        self.heard: list[bytes] = []
        self.ends = asyncio.Event()
        self._talks: list[asyncio.Task[Any] | None] = []

    async def connected(self, reading: asyncio.StreamReader, writing: Any) -> None:
        """Talk on one connection until either side ends it."""
        self.lines += 1
        self._talks.append(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._talk(reading, writing)
        self.ends.set()
        writing.close()
        with suppress(ConnectionError):
            await writing.wait_closed()

    async def ended(self) -> None:
        """Wait until nobody is talked to."""
        await asyncio.gather(*(one for one in self._talks if one is not None))

    async def _talk(self, reading: asyncio.StreamReader, writing: Any) -> None:
        while True:
            head = await reading.readuntil(b"\r\n\r\n")
            size = re.search(rb"Content-Length: (\d+)", head)
            assert size is not None
            body = await reading.readexactly(int(size[1]))
            self.heard.append(head + body)
            told = self._says(len(self.heard), body)
            if told is None:
                break
            writing.write(told)
            await writing.drain()
            if b"until I hang up" in told:
                break


async def listening(
    server: Server,
    story: Callable[[str], Awaitable[None]],
    certificate: SSLContext | None = None,
) -> None:
    """Tell a story the address of a server that listens; both are over at the end."""
    opened = await asyncio.start_server(server.connected, "127.0.0.1", 0, ssl=certificate)
    port = opened.sockets[0].getsockname()[1]
    scheme = "http" if certificate is None else "https"
    try:
        async with asyncio.timeout(60):
            await story(f"{scheme}://127.0.0.1:{port}")
    finally:
        opened.close()
        await server.ended()

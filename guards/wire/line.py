"""One connection of HTTP/1.1, and the answer that is read from it.

Whatever is not exactly one answer to what was asked ends the connection: bytes that nobody asked
for, a second answer, heads without end, and everything the parser calls wrong.
"""

import asyncio
from typing import Final, cast

import httptools

MOST_BESIDE: Final = 256 << 10  # bytes without any content: heads, and what stands around chunks
MOST_UNREAD: Final = 512 << 10  # bytes that wait; the server is made to wait as well
_FINAL: Final = 200  # lower ones tell that the answer comes later


class Broken(OSError):
    """The connection failed before the answer was whole: what became of it nobody knows."""


class Reply:
    """What is read of one answer. The parser calls what begins with `on_`."""

    def __init__(self, line: "Line") -> None:
        self._line = line
        self._parser = httptools.HttpResponseParser(self)
        self._unread = bytearray()
        self._wake: asyncio.Future[None] | None = None
        self._fault: Broken | None = None
        self._beside = 0
        self._has_head = self.whole = self.alone = False
        self.status = 0
        self.headers: dict[str, str] = {}

    @property
    def is_success(self) -> bool:
        """Tell whether the server says that it did what it was asked."""
        return _FINAL <= self.status < 300  # noqa: PLR2004 - as the protocol has it

    async def begun(self) -> None:
        """Wait for the status and the headers."""
        while not self._has_head:
            await self._more()

    async def read(self) -> bytes:
        """Return what came meanwhile of the content, and nothing once it is whole."""
        while not self._unread and not self.whole:
            await self._more()
        found = bytes(self._unread)
        self._unread.clear()
        self._line.go_on()
        return found

    async def _more(self) -> None:
        if self._fault is not None:
            raise self._fault
        self._wake = asyncio.get_running_loop().create_future()
        try:
            await self._wake
        finally:
            self._wake = None

    def feed(self, data: bytes) -> bool:
        """Take in what came; tell whether that was right."""
        self._beside += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.fail(f"the server does not speak HTTP: {type(error).__name__}")
        if self._beside > MOST_BESIDE:
            self.fail("the server tells much and says nothing")
        if len(self._unread) > MOST_UNREAD:
            self._line.wait()
        self._awake()
        return self._fault is None

    def ended(self) -> None:
        """Take in that the connection is over, by which some answers say that they are whole."""
        told = self.headers.keys() & {"content-length", "transfer-encoding"}
        if self._has_head and not told and self._fault is None:
            self.whole = True
        if not self.whole:
            self.fail("the server hung up")
        self._awake()

    def fail(self, why: str) -> None:
        """End it: what was read by then may still be an answer, among events."""
        self._fault = self._fault or Broken(why)
        self.alone = False

    def _awake(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def on_message_begin(self) -> None:
        """Notice an answer; after a whole one it is one too many."""
        if self.whole:
            self.fail("the server answered twice")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; what stands behind the content is dropped."""
        if not self._has_head:
            key, told = name.decode("latin-1").lower(), value.decode("latin-1")
            before = self.headers.get(key)
            self.headers[key] = told if before is None else f"{before}, {told}"

    def on_headers_complete(self) -> None:
        """Know what kind of answer it is; a second one changes nothing of it."""
        if self.whole:
            return
        self.status = self._parser.get_status_code()
        if self.status < _FINAL:
            self.headers.clear()
        else:
            self._has_head = True

    def on_body(self, body: bytes) -> None:
        """Keep a part of the content, but not of what comes after it."""
        if not self.whole:
            self._beside = 0
            self._unread += body

    def on_message_complete(self) -> None:
        """Know that it is whole, and whether the connection may be used again."""
        if self._has_head and not self.whole:
            self.whole = True
            self.alone = self._parser.should_keep_alive() and self._fault is None


class Line(asyncio.Protocol):
    """One connection, which is asked one thing at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._reply: Reply | None = None
        self._waits = False

    @property
    def rests(self) -> bool:
        """Tell whether it can be asked anything."""
        if self._transport is None or self._transport.is_closing() or self._waits:
            return False
        if self._transport.get_write_buffer_size():  # it answered before it heard all
            return False
        return self._reply is None or (self._reply.whole and self._reply.alone)

    def ask(self, request: bytes) -> Reply:
        """Send a request."""
        assert self._transport is not None  # noqa: S101 - it rested
        self._reply = Reply(self)
        self._transport.write(request)
        return self._reply

    def wait(self) -> None:
        """Let the server wait until somebody reads."""
        if self._transport is not None and not self._waits:
            self._waits = True
            self._transport.pause_reading()

    def go_on(self) -> None:
        """Read on."""
        if self._transport is not None and self._waits:
            self._waits = False
            self._transport.resume_reading()

    def close(self) -> None:
        """End it at once; what was not whole by then never will be."""
        if self._reply is not None and not self._reply.whole:
            self._reply.fail("the connection was closed here")
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to write to."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no kind of it

    def data_received(self, data: bytes) -> None:
        """Take in what came; while nobody waits, nothing is to come."""
        reply = self._reply
        if reply is None or reply.whole or not reply.feed(data):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits; a connection that failed is no end of an answer."""
        self._transport = None
        if self._reply is None or self._reply.whole:
            return
        if exc is not None:
            self._reply.fail("the connection failed")
        self._reply.ended()

"""One HTTP/1.1 answer, read strictly: what can be read in two ways is not read at all.

Both clients read with this; only where the bytes come from differs. The coroutines here wait
for nothing but the line they are given, so one that blocks runs them through without a loop.
"""

import re
from dataclasses import dataclass
from typing import Final, Protocol

MAX_ANSWER: Final = 1024 * 1024
MAX_HEAD: Final = 64 * 1024
_STATUS: Final = re.compile(rb"HTTP/1\.([01]) ([2-9][0-9][0-9])(?: [\t\x20-\x7e\x80-\xff]*)?")
_FIELD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
_LENGTH: Final = re.compile(rb"[0-9]{1,10}")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[ \t]*;[\t\x20-\x7e]*)?")
_NO_BODY: Final = (204, 304)
_LINE_END: Final = b"\r\n"


class NotHttp(Exception):
    """What came is no answer that can be read in one way only."""


class Broken(ConnectionError):
    """The connection ended in the middle of an answer; the request is not sent again."""


class Unanswered(ConnectionError):
    """The connection ended before the first byte of an answer."""


class Line(Protocol):
    """One open connection; each wait ends at a time of the monotonic clock."""

    async def send(self, data: bytes, deadline: float) -> None:
        """Send all of it."""

    async def receive(self, deadline: float) -> bytes:
        """Return what comes next; nothing at its end."""

    def usable(self) -> bool:
        """Tell whether a kept connection is still open, and nothing came that nobody asked for."""

    def rest(self) -> None:
        """Be kept: what comes from now on, nobody asked for."""

    def close(self) -> None:
        """Close it at once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, unread."""

    status: int
    media_type: str
    body: bytes


class Incoming:
    """The bytes of one answer, as they come."""

    def __init__(self, line: Line, deadline: float) -> None:
        self._line = line
        self._deadline = deadline
        self._bytes = bytearray()
        self.begun = False

    @property
    def rest(self) -> int:
        """How many bytes came that belong to no answer."""
        return len(self._bytes)

    async def until(self, mark: bytes, most: int) -> bytes:
        """Take what stands before a mark, and the mark."""
        searched = 0
        while (at := self._bytes.find(mark, searched)) < 0:
            if len(self._bytes) > most:
                raise NotHttp
            searched = max(0, len(self._bytes) - len(mark) + 1)
            await self.more()
        if at > most:
            raise NotHttp
        return self._taken(at, len(mark))

    async def exactly(self, count: int) -> bytes:
        """Take so many bytes."""
        while len(self._bytes) < count:
            await self.more()
        return self._taken(count, 0)

    async def more(self) -> None:
        """Wait for the next bytes."""
        came = await self._line.receive(self._deadline)
        if not came:
            raise ConnectionError("the connection ended")
        self.begun = True
        self._bytes += came

    def _taken(self, count: int, skipped: int) -> bytes:
        taken = bytes(self._bytes[:count])
        del self._bytes[: count + skipped]
        return taken


async def read_answer(incoming: Incoming) -> tuple[Answer, bool]:
    """Read an answer, and tell whether the connection may carry another."""
    head = await incoming.until(_LINE_END * 2, MAX_HEAD)
    first, *lines = head.split(_LINE_END)
    status = _STATUS.fullmatch(first)
    if status is None:
        raise NotHttp
    fields = _fields(lines)
    code = int(status[2])
    body = b"" if code in _NO_BODY else await _body(incoming, fields)
    media_type = _one(fields, b"content-type").partition(b";")[0].strip().lower()
    options = {one.strip().lower() for one in b",".join(fields.get(b"connection", [])).split(b",")}
    whole = len(body) <= MAX_ANSWER and not incoming.rest
    keep = whole and status[1] == b"1" and b"close" not in options
    return Answer(code, media_type.decode("latin-1"), body), keep


def _fields(lines: list[bytes]) -> dict[bytes, list[bytes]]:
    fields: dict[bytes, list[bytes]] = {}
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found is None:
            raise NotHttp
        fields.setdefault(found[1].lower(), []).append(found[2].strip(b" \t"))
    return fields


def _one(fields: dict[bytes, list[bytes]], name: bytes) -> bytes:
    values = fields.get(name, [b""])
    return values[0] if len(values) == 1 else b""


async def _body(incoming: Incoming, fields: dict[bytes, list[bytes]]) -> bytes:
    """Read a body whose end is told beforehand, and in one way; one byte over the limit is kept."""
    lengths, codings = fields.get(b"content-length", []), fields.get(b"transfer-encoding", [])
    match lengths, codings:
        case [length], [] if _LENGTH.fullmatch(length):
            return await incoming.exactly(min(int(length), MAX_ANSWER + 1))
        case [], [coding] if coding.lower() == b"chunked":
            return await _chunked(incoming)
    raise NotHttp


async def _chunked(incoming: Incoming) -> bytes:
    body = bytearray()
    while size := await _chunk_size(incoming):
        body += await incoming.exactly(min(size, MAX_ANSWER + 1 - len(body)))
        if len(body) > MAX_ANSWER:
            return bytes(body)
        if await incoming.exactly(len(_LINE_END)) != _LINE_END:
            raise NotHttp
    if await incoming.exactly(len(_LINE_END)) != _LINE_END:  # trailers are not read
        raise NotHttp
    return bytes(body)


async def _chunk_size(incoming: Incoming) -> int:
    size = _CHUNK.fullmatch(await incoming.until(_LINE_END, 256))
    if size is None:
        raise NotHttp
    return int(size[1], 16)

"""A client that costs little: one connection, one request written beforehand, again and again."""

import asyncio
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from app.edges.mcp.links.opening import META, MODERN
from dsl import strictjson

OK: Final = b" 200 "


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tool is called, by which name, and with which headers."""

    address: str
    tool: str
    headers: Mapping[str, str]

    def request(self, session: str) -> bytes:
        """Write the whole request."""
        meta = {**META, "drawbar/session": session}
        params = {"name": self.tool, "arguments": {"text": "hello"}, "_meta": meta}
        body = strictjson.written(
            {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        ).encode()
        parts = urlsplit(self.address)
        told = {
            "Host": parts.netloc,
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": MODERN,
            "Mcp-Method": "tools/call",
            "Mcp-Name": self.tool,
            "Content-Length": str(len(body)),
            **self.headers,
        }
        lines = [f"POST {parts.path} HTTP/1.1", *(f"{name}: {one}" for name, one in told.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body


async def calls(place: Place, number: int, pause_s: float) -> list[float]:
    """Make calls of one session one after another; return how long each took, in ms."""
    parts = urlsplit(place.address)
    reading, writing = await asyncio.open_connection(parts.hostname, parts.port)
    request, took = place.request(f"s-{uuid.uuid4().hex}"), []
    for _ in range(number):
        began = time.perf_counter()
        writing.write(request)
        await _answer(reading)
        took.append(1000 * (time.perf_counter() - began))
        if pause_s:
            await asyncio.sleep(pause_s)
    writing.close()
    return took


async def _answer(reading: asyncio.StreamReader) -> None:
    head = await reading.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    body = await reading.readexactly(length)
    if OK not in head or b'"hello"' not in body or b'"isError":true' in body:
        raise SystemExit(f"a call was not made: {head!r} {body!r}")

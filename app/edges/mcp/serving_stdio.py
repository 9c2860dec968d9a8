"""One client over standard input and output, a message a line."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import IO, Any, Final

import structlog
from mcp_types import CLIENT_CAPABILITIES_META_KEY, PROTOCOL_VERSION_META_KEY

from app.edges.mcp import messages
from app.edges.mcp.gate import SERVED, Gate
from app.edges.mcp.links.opening import LEGACY, MODERN
from app.edges.mcp.messages import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    Answer,
    NotAMessage,
    Notification,
    Refused,
    Request,
)
from app.edges.mcp.peer import Peer, meta

MOST: Final = 1 << 20  # bytes of a line, as of a body over HTTP
UNSUPPORTED: Final = -32022
ASK_S: Final = 300.0
log = structlog.get_logger("drawbar.mcp")


class StdioClient:
    """Reads a client's lines and answers them; each request is a task of its own."""

    def __init__(
        self, gate: Gate, peer: Peer, lines: asyncio.StreamReader, out: asyncio.StreamWriter
    ) -> None:
        self._gate = gate
        self._peer = replace(peer, back=self)
        self._lines = lines
        self._out = out
        self._greeted = False
        self._running: dict[messages.Id, asyncio.Task[None]] = {}
        self._asked: dict[messages.Id, asyncio.Future[Mapping[str, Any]]] = {}
        self._number = 0
        self._deaf = asyncio.Event()

    async def serve(self) -> None:
        """Serve until the client's lines end, or until it hears nothing any longer."""
        reading = asyncio.create_task(self._read(), name="mcp client lines")
        deaf = asyncio.create_task(self._deaf.wait(), name="mcp client hears")
        try:
            await asyncio.wait((reading, deaf), return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
        finally:
            running = [reading, deaf, *self._running.values()]
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _read(self) -> None:
        while line := await self._line():
            if line.strip():
                await self._take(line)

    async def _line(self) -> bytes:
        try:
            return await self._lines.readline()
        except ValueError:  # the rest of it cannot be told from the next
            fault = NotAMessage(messages.PARSE_ERROR, f"a message is over {MOST >> 20} MiB")
            await self._write(messages.error(None, messages.unreadable(fault)))
            return b""

    async def _take(self, line: bytes) -> None:
        try:
            message = messages.read(line)
        except NotAMessage as fault:
            await self._write(messages.error(fault.id, messages.unreadable(fault)))
            return
        match message:
            case Request(method="initialize"):
                await self._initialize(message)
            case Request():
                await self._start(message)
            case Notification(method="notifications/cancelled", params=params):
                self._cancel(params)
            case Answer(id=name, result=result):
                waiting = self._asked.pop(name, None) if name is not None else None
                if waiting is not None and not waiting.done():
                    waiting.set_result(result or {})
            case _:
                pass

    async def _initialize(self, request: Request) -> None:
        """Shake hands: it is done before anything else of this client is read."""
        params = request.params
        capabilities = params.get("capabilities")
        revision, told = await self._gate.greet(params.get("protocolVersion"))
        self._peer = replace(
            self._peer,
            revision=revision,
            capabilities=capabilities if isinstance(capabilities, Mapping) else {},
        )
        self._greeted = True
        await self._write(messages.result(request.id, told))

    async def _start(self, request: Request) -> None:
        if request.id in self._running:
            again = Refused(INVALID_REQUEST, "a request of this id is running")
            await self._write(messages.error(request.id, again))
            return
        task = asyncio.create_task(self._answer(request), name=f"mcp {request.method}")
        self._running[request.id] = task
        task.add_done_callback(lambda done: self._done(request, done))

    async def _answer(self, request: Request) -> None:
        try:
            peer = self._peer_of(request)
            result = await self._gate.answer(peer, request.method, request.params)
        except Refused as refused:
            await self._write(messages.error(request.id, refused))
        else:
            await self._write(messages.result(request.id, result))

    def _done(self, request: Request, task: "asyncio.Task[None]") -> None:
        """Answer also where something broke: nothing was released, and the client must know."""
        self._running.pop(request.id, None)
        if task.cancelled() or task.exception() is None:
            return
        log.error("a request failed", method=request.method, exc_info=task.exception())
        fault = Refused(INTERNAL_ERROR, "a fault inside the gateway")
        self._out.write(messages.error(request.id, fault) + b"\n")

    def _peer_of(self, request: Request) -> Peer:
        """Return the client as this request tells of it, or as the handshake did."""
        beside = meta(request.params)
        if PROTOCOL_VERSION_META_KEY not in beside:
            if not self._greeted and request.method not in ("ping", "server/discover"):
                raise Refused(INVALID_PARAMS, "the handshake comes first")
            return self._peer if self._greeted else replace(self._peer, revision=LEGACY)
        revision = beside[PROTOCOL_VERSION_META_KEY]
        if self._greeted:
            raise Refused(INVALID_REQUEST, "this connection began with the handshake")
        if revision != MODERN:
            told = {"supported": list(SERVED), "requested": str(revision)}
            raise Refused(UNSUPPORTED, "Unsupported protocol version", told)
        capabilities = beside.get(CLIENT_CAPABILITIES_META_KEY)
        if not isinstance(capabilities, Mapping):
            raise Refused(INVALID_PARAMS, f"`_meta` lacks `{CLIENT_CAPABILITIES_META_KEY}`")
        return replace(self._peer, revision=MODERN, capabilities=capabilities)

    def _cancel(self, params: Mapping[str, Any]) -> None:
        name = params.get("requestId")
        task = self._running.get(name) if isinstance(name, int | str) else None
        if task is not None:
            task.cancel()

    async def notify(self, method: str, params: Mapping[str, Any]) -> None:
        """Send a notification."""
        await self._write(messages.notification(method, params))

    async def ask(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Ask the client, where the handshake allows it; an error is an empty answer."""
        if not self._greeted:
            return None
        self._number += 1
        name = f"drawbar-{self._number}"
        answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[name] = answer
        await self._write(messages.request(name, method, params))
        try:
            async with asyncio.timeout(ASK_S):
                return await answer
        except TimeoutError:
            return None
        finally:
            self._asked.pop(name, None)

    async def _write(self, line: bytes) -> None:
        self._out.write(line + b"\n")
        try:
            await self._out.drain()
        except OSError:  # nobody hears what comes of a call any longer, so none is made
            self._deaf.set()


async def standard_streams() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return this process's own input and output; whatever else writes there goes to the log."""
    taken, sent = _kept(0, os.devnull, "rb"), _kept(1, None, "wb")
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=MOST)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), taken)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sent)
    return lines, asyncio.StreamWriter(transport, protocol, None, loop)


def _kept(number: int, instead: str | None, mode: str) -> IO[Any]:
    """Take a standard stream for messages alone."""
    kept = os.fdopen(os.dup(number), mode)
    if instead is None:
        sys.stdout.flush()
        os.dup2(2, number)
    else:
        nothing = os.open(instead, os.O_RDONLY)
        os.dup2(nothing, number)
        os.close(nothing)
    return kept

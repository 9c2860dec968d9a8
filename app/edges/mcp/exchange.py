"""One request over HTTP that runs: answered as JSON, or as events once there is something to tell.

Whoever goes away ends it. What the client was told meanwhile stands before the answer.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import structlog
from fastapi import Request as Http
from fastapi import Response
from fastapi.responses import StreamingResponse

from app.edges.mcp import messages
from app.edges.mcp.messages import INTERNAL_ERROR, METHOD_NOT_FOUND, Id, Refused

PING_S: Final = 15.0  # between signs of life of a stream
ASK_S: Final = 300.0
MOST_UNREAD: Final = 1_000  # notifications that a client has not read; more are dropped
JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"
NO_STORE: Final = {"Cache-Control": "no-store"}
Asks = dict[Id, "asyncio.Future[Mapping[str, Any]]"]
Work = Callable[[], Awaitable[Mapping[str, Any]]]
_BAD: Final = frozenset((-32700, -32600, -32602, -32020, -32021, -32022))
_NUMBERS: Final = itertools.count(1)
log = structlog.get_logger("drawbar.mcp")


class Exchange:
    """One request, and the way back to its client while it runs."""

    def __init__(self, http: Http, name: Id, asks: Asks | None = None) -> None:
        self._http = http
        self._name = name
        self._asks = asks  # only earlier revisions are asked back
        self._streams = EVENTS in http.headers.get("accept", "")
        self._told: asyncio.Queue[bytes] = asyncio.Queue()

    async def notify(self, method: str, params: Mapping[str, Any]) -> None:
        """Send a notification on the stream of this request, if its client reads one."""
        if self._streams and self._told.qsize() < MOST_UNREAD:
            await self._told.put(messages.notification(method, params))

    async def ask(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Ask the client on the stream of this request; it answers with a request of its own."""
        if self._asks is None or not self._streams:
            return None
        name = f"drawbar-{next(_NUMBERS)}"  # two requests of a client may have one id
        answer: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._asks[name] = answer
        await self._told.put(messages.request(name, method, params))
        try:
            async with asyncio.timeout(ASK_S):
                return await answer
        except TimeoutError:
            return None
        finally:
            self._asks.pop(name, None)

    async def run(self, work: Work, *, modern: bool) -> Response:
        """Answer with what the work comes to; whoever goes away ends it."""
        task = asyncio.create_task(self._answer(work), name="mcp request")
        gone = asyncio.create_task(_gone(self._http), name="mcp client")
        told = asyncio.create_task(self._told.get())
        try:
            await asyncio.wait((task, gone, told), return_when=asyncio.FIRST_COMPLETED)
            if told.done():
                return StreamingResponse(
                    self._events(task, told.result()), media_type=EVENTS, headers=NO_STORE
                )
            if not task.done():
                return Response(status_code=499)  # nobody reads it
            code, content = self._outcome(task)
            return Response(content, _status(code, modern=modern), NO_STORE, JSON)
        finally:
            told.cancel()
            gone.cancel()
            if not told.done() or told.cancelled():
                task.cancel()

    async def _answer(self, work: Work) -> tuple[int | None, bytes]:
        try:
            return None, messages.result(self._name, await work())
        except Refused as refused:
            return refused.code, messages.error(self._name, refused)

    def _outcome(self, task: "asyncio.Task[tuple[int | None, bytes]]") -> tuple[int | None, bytes]:
        """Return the answer, also where something broke: nothing was released."""
        if task.cancelled() or (error := task.exception()) is None:
            return task.result()
        log.error("a request failed", exc_info=error)
        fault = Refused(INTERNAL_ERROR, "a fault inside the gateway")
        return fault.code, messages.error(self._name, fault)

    async def _events(
        self, task: "asyncio.Task[tuple[int | None, bytes]]", first: bytes
    ) -> AsyncIterator[bytes]:
        """Yield what is told until the answer; a client that goes away ends this, and the work."""
        try:
            yield _event(first)
            while not task.done() or not self._told.empty():
                told = asyncio.create_task(self._told.get())
                await asyncio.wait(
                    (task, told), timeout=PING_S, return_when=asyncio.FIRST_COMPLETED
                )
                if told.done():
                    yield _event(told.result())
                    continue
                told.cancel()
                with suppress(asyncio.CancelledError):
                    await told
                if not task.done():
                    yield b": alive\r\n\r\n"
            yield _event(self._outcome(task)[1])
        finally:
            task.cancel()


async def _gone(http: Http) -> None:
    """Wait until the client goes away."""
    while (await http.receive())["type"] != "http.disconnect":
        pass


def _event(message: bytes) -> bytes:
    return b"event: message\r\ndata: " + message + b"\r\n\r\n"


def _status(code: int | None, *, modern: bool) -> int:
    """Return the status of an answer; earlier revisions tell errors of methods with 200."""
    if code is None or not modern:
        return 200
    if code == METHOD_NOT_FOUND:
        return 404
    return 400 if code in _BAD else 200

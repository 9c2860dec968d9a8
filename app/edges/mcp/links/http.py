"""A server that is reached over streamable HTTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, Final

from mcp.shared.inbound import (
    MCP_METHOD_HEADER,
    MCP_NAME_HEADER,
    MCP_PROTOCOL_VERSION_HEADER,
    NAME_BEARING_METHODS,
    encode_header_value,
    find_invalid_x_mcp_header,
    mcp_param_headers,
    x_mcp_header_map,
)

from app.edges.mcp import messages
from app.edges.mcp.links.link import LEAVES, MOST, Garbled, Heard, LinkError, Lost, Progress, Unsent
from app.edges.mcp.links.opening import ME, MODERN
from app.edges.mcp.links.stdio import refusal
from app.edges.mcp.messages import Answer, NotAMessage, Notification
from guards.wire.line import Reply
from guards.wire.wire import CONNECT_S, NotReached, Wire, lowered

SESSION: Final = "mcp-session-id"
_JSON: Final = "application/json"
_EVENTS: Final = "text/event-stream"
_PLAIN: Final = "identity"  # what is packed may be a thousand times as large once it is unpacked
_NOT_FOUND: Final = 404


class HttpLink:
    """One address. Its own credentials go along; what a client came with never does."""

    def __init__(self, address: str, headers: Mapping[str, str], heard: Heard) -> None:
        self._heard = heard
        self._revision = MODERN
        self._session: str | None = None
        self._number = 0
        self._ended = False
        told = {"user-agent": f"{ME['name']}/{ME['version']}", **lowered(headers)}
        told |= {"accept": f"{_JSON}, {_EVENTS}", "content-type": _JSON, "accept-encoding": _PLAIN}
        try:
            self._wire = Wire(address, told)
        except NotReached as error:
            raise Unsent("the server cannot be reached") from error

    @property
    def closed(self) -> bool:
        """Tell whether the server has forgotten us."""
        return self._ended

    def adopt(self, revision: str) -> None:
        """Name this revision in each request."""
        self._revision = revision

    async def ask(
        self,
        method: str,
        params: Mapping[str, Any],
        seconds: float,
        progress: Progress | None = None,
        schema: Any = None,
    ) -> Mapping[str, Any]:
        """Send a request and wait for what comes of it."""
        self._number += 1
        name = self._number
        if progress is not None:
            params = {**params, "_meta": {**params.get("_meta", {}), "progressToken": name}}
        body = messages.request(name, method, params)
        told = {**self._headers(method, params), **self._repeated(params, schema)}
        try:
            async with asyncio.timeout(seconds):
                return await self._answer(name, body, told, progress)
        except NotReached as error:
            raise Unsent("the server cannot be reached") from error
        except OSError as error:
            raise Lost("the server did not answer") from error

    async def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Send a notification; who hears of it is not our concern."""
        body = messages.notification(method, params)
        await self._told("POST", self._headers(method, {}), body)

    async def _told(self, method: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        """Send what wants no answer: none is read, and none is waited for for long."""
        with suppress(OSError):  # a time-out is one as well
            async with asyncio.timeout(CONNECT_S):
                async with self._wire.asked(method, headers, body):
                    pass

    def _headers(self, method: str, params: Mapping[str, Any]) -> dict[str, str]:
        told: dict[str, str] = {}
        if method != "initialize":
            told[MCP_PROTOCOL_VERSION_HEADER] = self._revision
        if self._session is not None:
            told[SESSION] = self._session
        if self._revision == MODERN:
            told[MCP_METHOD_HEADER] = method
            named = params.get(NAME_BEARING_METHODS.get(method, ""))
            if isinstance(named, str):
                told[MCP_NAME_HEADER] = encode_header_value(named)
        return told

    def _repeated(self, params: Mapping[str, Any], schema: Any) -> Mapping[str, str]:
        """Return the arguments that the tool's schema wants to see in headers as well."""
        if self._revision != MODERN or find_invalid_x_mcp_header(schema) is not None:
            return {}
        return mcp_param_headers(x_mcp_header_map(schema), _native(params.get("arguments", {})))

    async def _answer(
        self, name: int, body: bytes, headers: Mapping[str, str], progress: Progress | None
    ) -> Mapping[str, Any]:
        async with self._wire.asked("POST", headers, body) as response:
            self._session = response.headers.get(SESSION, self._session)
            if response.status == _NOT_FOUND and self._session is not None:
                self._ended = True  # it has forgotten the session, and did nothing
                raise Unsent("the server has forgotten the session")
            if response.headers.get("content-encoding", _PLAIN).lower() != _PLAIN:
                packed = Garbled("the server packed its answer, though it was asked not to")
                raise packed if response.is_success else _status(response)
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind == _EVENTS and response.is_success:
                return await self._from_events(name, response, progress)
            content = await _whole(response)
            if kind == _JSON:
                return self._of(name, _read(content, response))
            raise _status(response)

    async def _from_events(
        self, name: int, response: Reply, progress: Progress | None
    ) -> Mapping[str, Any]:
        """Wait for the answer among what a server tells meanwhile."""
        async for data in _events(response):
            message = _read(data, response)
            match message:
                case Answer():
                    return self._of(name, message)
                case Notification(method="notifications/progress", params=params):
                    if progress is not None and params.get("progressToken") == name:
                        await progress(params)
                case Notification(method=method):
                    self._heard(method)
                case _:
                    pass  # what it asks of us gets no answer: there is no sampling and no root here
        raise Lost("the server ended its answer before it was whole")

    def _of(self, name: int, message: messages.Message) -> Mapping[str, Any]:
        if not isinstance(message, Answer) or message.id not in (name, None):
            raise Garbled("the server answered what nobody asked")
        if message.error is not None:
            raise refusal(message)
        if message.result is None or message.id is None:
            raise Garbled("the server answered what nobody asked")
        return message.result

    async def close(self) -> None:
        """Let the server forget the session, and close the connection."""
        self._ended = True
        if self._session is not None:
            await self._told("DELETE", self._headers("", {}))
        self._wire.close()


def _native(value: Any) -> Any:
    """Return whole numbers as integers, which alone are written in headers."""
    if isinstance(value, Mapping):
        return {name: _native(one) for name, one in value.items()}
    whole = isinstance(value, Decimal) and value == value.to_integral_value()
    return int(value) if whole else value


def _read(content: bytes, response: Reply) -> messages.Message:
    try:
        return messages.read(content, LEAVES)
    except NotAMessage as error:
        if not response.is_success:
            raise _status(response) from error
        raise Garbled("the server's answer cannot be read") from error


def _status(response: Reply) -> LinkError:
    """Say what a status means for a call: below 500 nothing was done."""
    words = f"the server answered with status {response.status}"
    return Unsent(words) if 300 <= response.status < 500 else Lost(words)  # noqa: PLR2004 - as said


async def _whole(response: Reply) -> bytes:
    content = bytearray()
    while chunk := await response.read():
        content += chunk
        if len(content) > MOST:
            raise Garbled("the server's answer is too large")
    return bytes(content)


async def _events(response: Reply) -> AsyncIterator[bytes]:
    """Yield the data of each event of a stream."""
    line, data, size = bytearray(), list[bytes](), 0
    while chunk := await response.read():
        for part in chunk.splitlines(keepends=True):
            line += part
            size += len(part)
            if size > MOST:
                raise Garbled("the server's answer is too large")
            if not part.endswith((b"\n", b"\r")):
                continue
            text = bytes(line).rstrip(b"\r\n")
            line.clear()
            if text.startswith(b"data:"):
                data.append(text[5:].removeprefix(b" "))
            elif not text and data:
                yield b"\n".join(data)
                data, size = [], 0

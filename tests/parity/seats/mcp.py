"""The MCP gateway and wrap, spoken to by the official client; and the wrapper of such a client."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Final

import httpx
import httpx2
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from app.edges.mcp.gate import Gate
from app.edges.mcp.judge import Judge
from app.edges.mcp.links.opening import LEGACY, META, MODERN
from app.edges.mcp.links.upstream import Upstream
from app.edges.mcp.peer import SESSION, Peer
from app.edges.mcp.servers import Servers
from app.edges.mcp.serving_stdio import MOST, StdioClient
from app.edges.mcp.there import Line, There
from app.edges.mcp.wrapping import Wrap, _seat, opener, watched
from drawbar import AsyncClient
from drawbar.mcp import GuardedClient
from tests.app.edges.mcp.scripted import piped
from tests.parity.call import Call
from tests.parity.loops import PATIENCE_S
from tests.parity.notes import Notes
from tests.parity.seat import Told
from tests.parity.world import BANK, MCP, World

AS_WRITTEN: Final = frozenset(("text", "digits"))  # what the official client cannot send


class _Spoken:
    """A seat that is spoken to by the official client, or by lines written by hand."""

    name: str
    can = AS_WRITTEN
    public = "{}"

    def __init__(self, world: World) -> None:
        self.world = world
        self._notes = Notes(world.folder, self.noting)
        self.ran = self._notes.new

    @property
    def noting(self) -> str:
        """Return the name of the server whose notes say what ran."""
        return self.name

    def send(self, call: Call, session: str) -> Told:
        by_hand = call.needs & AS_WRITTEN
        made = self._by_hand(call, session) if by_hand else self._called(call, session)
        found = self.world.loop.run(made)
        if found.approval is None:
            return found
        return Told(
            found.effect,
            found.reason,
            found.message,
            approval=found.approval,
            again=lambda: self.send(call, session),
        )

    async def _called(self, call: Call, session: str) -> Told:
        name = self.public.format(call.tool)
        try:
            return read(await self.client.call_tool(name, call.floats, meta={SESSION: session}))
        except MCPError as error:
            return failed(error.error.message, error.error.data)

    client: Any

    async def _by_hand(self, call: Call, session: str) -> Told:
        raise NotImplementedError

    def _line(self, call: Call, session: str, meta: Any) -> str:
        told = json.dumps({**meta, SESSION: session})
        name = json.dumps(self.public.format(call.tool))
        params = f'{{"name": {name}, "_meta": {told}, "arguments": {call.args}}}'
        return f'{{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {params}}}'


class OverHttp(_Spoken):
    """`/mcp/NAME`, in the revision 2026-07-28."""

    name = "mcp"
    can = AS_WRITTEN | {"key"}
    public = BANK + "__{}"
    mode = MODERN
    noting = "http"

    def __init__(self, world: World, key: str | None = None) -> None:
        super().__init__(world)
        self.decides = world.outer
        self._headers = {"Authorization": f"Bearer {key or world.outer.key}"}
        self._address = f"{world.url}/mcp/{MCP}"
        self.client = world.loop.hold(self._connected())

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Client]:
        async with (
            httpx2.AsyncClient(headers=self._headers, timeout=None) as http,
            Client(
                streamable_http_client(self._address, http_client=http), mode=self.mode
            ) as client,
        ):
            yield client

    async def _by_hand(self, call: Call, session: str) -> Told:
        told = {
            "MCP-Protocol-Version": MODERN,
            "Mcp-Method": "tools/call",
            "Mcp-Name": self.public.format(call.tool),
        }
        async with httpx.AsyncClient(headers=self._headers, timeout=PATIENCE_S) as http:
            return read_line(await self._posted(http, self._line(call, session, META), told))

    async def _posted(self, http: httpx.AsyncClient, line: str, headers: Any) -> str:
        media = {"Content-Type": "application/json", "Accept": "application/json"}
        content = line.encode()
        return (await http.post(self._address, content=content, headers={**media, **headers})).text


class Earlier(OverHttp):
    """`/mcp/NAME`, in the revision 2025-11-25."""

    name = "mcp-2025"
    mode = "legacy"

    async def _by_hand(self, call: Call, session: str) -> Told:
        async with httpx.AsyncClient(headers=self._headers, timeout=PATIENCE_S) as http:
            media = {"Content-Type": "application/json", "Accept": "application/json"}
            hello = await http.post(self._address, content=HELLO, headers=media)
            told = {"Mcp-Session-Id": hello.headers["Mcp-Session-Id"]}
            return read_line(await self._posted(http, self._line(call, session, {}), told))


class _Wrapped(_Spoken):
    """`drawbar mcp wrap`, with a pair of sockets for its standard input and output."""

    mode: str = "auto"

    def _opened(self, judge: Judge) -> None:
        self._judge = judge
        self._gate, self.client = self.world.loop.hold(self._connected())

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[Gate, Client]]:
        command, policies = self.world.server(self.name), self.world.policies
        upstream = Upstream(BANK, opener(BANK, command))
        servers = Servers([upstream], watched(policies), prefixed=False)
        gate = Gate(servers, _seat(Wrap(BANK, command, policies)))
        async with (
            piped(gate, self._judge) as transport,
            Client(transport, mode=self.mode) as client,
        ):
            yield gate, client
        await servers.close()

    async def _by_hand(self, call: Call, session: str) -> Told:
        ours, theirs = socket.socketpair()
        lines, out = await asyncio.open_connection(sock=ours, limit=MOST)
        serving = StdioClient(self._gate, Peer(self._judge, LEGACY), lines, out).serve()
        task = asyncio.create_task(serving)
        reading, writing = await asyncio.open_connection(sock=theirs, limit=MOST)
        try:
            writing.write(self._line(call, session, META).encode() + b"\n")
            return read_line((await reading.readline()).decode())
        finally:
            writing.close()
            await task
            out.close()


class WrapThere(_Wrapped):
    """A wrap that asks a running gateway through its socket."""

    name = "wrap"

    can = AS_WRITTEN | {"key"}

    def __init__(self, world: World, key: str | None = None) -> None:
        super().__init__(world)
        self.decides = world.outer
        self._opened(world.loop.run(self._there(key or world.outer.key)))

    async def _there(self, key: str) -> Judge:
        return There(Line(f"unix:{self.world.uds}", key))

    def close(self) -> None:
        self.world.loop.run(self._judge.close())


class WrapLocal(_Wrapped):
    """A wrap that decides in its own process."""

    name = "wrap-local"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.decides = world.inner
        self._opened(world.judge)


class Wrapper:
    """`GuardedClient` around the official client, which speaks with the server itself."""

    name = "mcp-client"
    can = frozenset(("key",))

    def __init__(self, world: World, key: str | None = None) -> None:
        self.decides = world.outer
        self._world, self._key = world, key or world.outer.key
        self.ran = Notes(world.folder, self.name).new
        self._asks, self._inner = world.loop.hold(self._connected())

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[AsyncClient, Client]]:
        program, *args = self._world.server(self.name)
        async with (
            AsyncClient(self._world.url, self._key, timeout=PATIENCE_S) as asks,
            Client(StdioServerParameters(command=program, args=args), mode="legacy") as inner,
        ):
            yield asks, inner

    def send(self, call: Call, session: str) -> Told:
        found = self._world.loop.run(self._called(call, session))
        if found.approval is None:
            return found
        return Told(
            found.effect,
            found.reason,
            found.message,
            approval=found.approval,
            again=lambda: self.send(call, session),
        )

    async def _called(self, call: Call, session: str) -> Told:
        guarded = GuardedClient(self._inner, session=self._asks.session(session), server=BANK)
        return read(await guarded.call_tool(call.tool, call.floats))


HELLO: Final = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": LEGACY,
            "capabilities": {},
            "clientInfo": {"name": "x", "version": "1"},
        },
    }
)


def read(result: Any) -> Told:
    """Return what a result of the official client says."""
    return _read(result.content[0].text, result.structured_content, failed=result.is_error)


def read_line(line: str) -> Told:
    """Return what a line says."""
    message = json.loads(line, parse_float=Decimal)
    if "result" not in message:
        error = message.get("error", {})
        return failed(error.get("message", line), error.get("data"))
    result = message["result"]
    text = result["content"][0]["text"]
    return _read(text, result.get("structuredContent"), failed=result["isError"])


def _read(text: str, structured: Any, *, failed: bool) -> Told:
    if not failed:
        return Told("allow", value=json.loads(text) if text.startswith("{") else text)
    told = (structured or {}).get("drawbar", {})
    approval = told.get("approval", {}).get("id")
    return Told(told.get("effect", "deny"), told.get("reason"), text, approval=approval)


def failed(message: str, data: Any) -> Told:
    """Return what an error says."""
    told = data.get("drawbar", {}) if isinstance(data, dict) else {}
    return Told("deny", told.get("reason"), message)


__all__ = ("Earlier", "OverHttp", "WrapLocal", "WrapThere", "Wrapper")

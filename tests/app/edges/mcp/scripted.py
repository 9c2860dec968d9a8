"""A server and a client for tests: the server does as it is told, and remembers what it ran."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import anyio
import mcp_types as types
from mcp import Client
from mcp.shared.message import SessionMessage

from app.auth import Caller
from app.edges.mcp import pins
from app.edges.mcp.asking import Holding
from app.edges.mcp.calls import Seat
from app.edges.mcp.gate import Gate
from app.edges.mcp.here import Here
from app.edges.mcp.judge import Judge
from app.edges.mcp.links.link import Heard, Link, Progress
from app.edges.mcp.links.opening import LEGACY, MODERN
from app.edges.mcp.links.upstream import Upstream
from app.edges.mcp.messages import METHOD_NOT_FOUND, Refused
from app.edges.mcp.peer import Peer
from app.edges.mcp.servers import Servers
from app.edges.mcp.serving_stdio import MOST, StdioClient
from app.edges.mcp.wrapping import watched
from tests.harness import GatewayHarness

POLICY: Final = """\
policy bank version 1;
rule small: allow bank/pay when args.amount <= 100;
rule large: ask bank/pay when args.amount > 100 because "large payments need a person";
rule never: deny bank/erase reply "Nothing is erased here." final;
rule look: allow bank/look;
rule secrets on result: deny bank/look when result.text contains "secret" reply "Not shown.";
rule files: allow bank/mcp.resource when args.uri == "file:///open.txt";
rule prompts: allow bank/mcp.prompt when args.name == "greet";
rule words: allow bank/mcp.complete;
"""
NUMBER: Final = {"type": "object", "properties": {"amount": {"type": "number"}}}
ANYTHING: Final = {"type": "object", "properties": {"text": {"type": "string"}}}
PAY: Final = {"name": "pay", "description": "Pay somebody.", "inputSchema": NUMBER}
ERASE: Final = {"name": "erase", "description": "Erase all.", "inputSchema": ANYTHING}
LOOK: Final = {"name": "look", "description": "Look.", "inputSchema": ANYTHING}
Runs = Callable[[Mapping[str, Any]], Mapping[str, Any] | Awaitable[Mapping[str, Any]]]


def text(said: str, **more: Any) -> dict[str, Any]:
    """Return a result that is one text."""
    return {"content": [{"type": "text", "text": said}], **more}


def said(result: Any) -> str:
    """Return the first text of a result."""
    return str(result.content[0].text)


class Bank:
    """A server; `ran` holds what reached it, which is what no denied call may be in."""

    def __init__(self, *tools: Mapping[str, Any]) -> None:
        self.tools = list(tools or (PAY, ERASE, LOOK))
        self.ran: list[tuple[str, Any]] = []
        self.result: Runs = lambda args: text("done")
        self.heard: Heard = lambda method: None
        self.opened = 0

    async def open(self, heard: Heard) -> Link:
        """Open a connection."""
        self.heard = heard
        self.opened += 1
        return _Link(self)

    async def answer(
        self, method: str, params: Mapping[str, Any], progress: Progress | None
    ) -> Mapping[str, Any]:
        """Answer as a server of the new revision does."""
        match method:
            case "server/discover":
                told: dict[str, Any] = {
                    "tools": {},
                    "resources": {},
                    "prompts": {},
                    "completions": {},
                }
                known = {"supportedVersions": [MODERN], "capabilities": told}
                return {**known, "resultType": "complete", "ttlMs": 0, "cacheScope": "public"}
            case "tools/list":
                return {"tools": list(self.tools)}
            case "resources/list":
                return {"resources": [{"uri": "file:///open.txt", "name": "open"}]}
            case "prompts/list":
                return {"prompts": [{"name": "greet"}]}
            case "tools/call":
                self.ran.append((params["name"], params["arguments"]))
                if progress is not None:
                    await progress({"progress": 1, "total": 2, "message": "call this number"})
                found = self.result(params["arguments"])
                return found if isinstance(found, Mapping) else await found
            case "resources/read" | "prompts/get" | "completion/complete":
                self.ran.append((method, {k: v for k, v in params.items() if k != "_meta"}))
                return _beside(method, params)
            case _:
                raise Refused(METHOD_NOT_FOUND, "Method not found")


def _beside(method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
    if method == "resources/read":
        return {"contents": [{"uri": params["uri"], "text": "hello", "_meta": {"x": 1}}]}
    if method == "prompts/get":
        return {"messages": [{"role": "user", "content": {"type": "text", "text": "hi"}}]}
    return {"completion": {"values": ["ada", "bob"]}}


class _Link:
    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self.closed = False

    def adopt(self, revision: str) -> None:
        pass

    async def ask(
        self,
        method: str,
        params: Mapping[str, Any],
        seconds: float,
        progress: Progress | None = None,
        schema: Any = None,
    ) -> Mapping[str, Any]:
        return await self._bank.answer(method, params, progress)

    async def tell(self, method: str, params: Mapping[str, Any]) -> None:
        pass

    async def close(self) -> None:
        self.closed = True


class Seated:
    """A gate before some servers, with a real gateway that decides."""

    def __init__(self, harness: GatewayHarness, *, prefixed: bool = False, **banks: Bank) -> None:
        self.harness = harness
        self.banks = banks
        self.prefixed = prefixed
        for name, bank in banks.items():
            pins.write(harness.policies, name, bank.tools)
        harness.reload()

    def policy(self, *rules: str) -> None:
        """Put other rules in force."""
        self.harness.write("bank.bar", "\n".join(["policy bank version 1;", *rules]) + "\n")
        self.harness.reload()
        assert self.harness.gateway.live.refused is None

    def run(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Turn the harness's loop until some work is done."""

        async def bounded() -> Any:
            async with asyncio.timeout(60):
                return await work()

        return self.harness.run(bounded())

    async def gate(self, seat: Seat | None = None) -> Gate:
        """Return the gate."""
        upstreams = [Upstream(name, bank.open) for name, bank in self.banks.items()]
        pinned = watched(self.harness.policies)
        servers = Servers(upstreams, pinned, prefixed=self.prefixed)
        return Gate(servers, seat or Seat(Holding()))

    async def judge(self) -> Here:
        """Return who decides."""
        gateway = self.harness.gateway
        found = await gateway.keys.find(self.harness.key)
        assert found is not None
        return Here(gateway, Caller(found))

    @asynccontextmanager
    async def client(
        self,
        mode: str = MODERN,
        seat: Seat | None = None,
        gate: Gate | None = None,
        **options: Any,
    ) -> AsyncIterator[Client]:
        """Return the SDK's own client, which speaks with the gate over a pipe."""
        gate = gate or await self.gate(seat)
        async with (
            piped(gate, await self.judge()) as transport,
            Client(transport, mode=mode, **options) as client,
        ):
            yield client
        await gate.servers.close()


@asynccontextmanager
async def piped(gate: Gate, judge: Judge) -> AsyncIterator[Any]:
    """Serve a client on one end of a pair of sockets, and yield a transport on the other."""
    ours, theirs = socket.socketpair()
    lines, out = await asyncio.open_connection(sock=ours, limit=MOST)
    serving = asyncio.create_task(StdioClient(gate, Peer(judge, LEGACY), lines, out).serve())
    reading, writing = await asyncio.open_connection(sock=theirs, limit=MOST)
    try:
        yield _transport(reading, writing)
    finally:
        writing.close()
        await asyncio.gather(serving, return_exceptions=True)
        out.close()


@asynccontextmanager
async def _transport(
    reading: asyncio.StreamReader, writing: asyncio.StreamWriter
) -> AsyncIterator[Any]:
    to_client, client_reads = anyio.create_memory_object_stream[Any](100)
    client_writes, from_client = anyio.create_memory_object_stream[Any](100)

    async def reads() -> None:
        while line := await reading.readline():
            message = types.jsonrpc_message_adapter.validate_json(line)
            await to_client.send(SessionMessage(message))

    async def writes() -> None:
        async for one in from_client:
            line = one.message.model_dump_json(by_alias=True, exclude_unset=True)
            writing.write(line.encode() + b"\n")

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(reads)
            group.start_soon(writes)
            yield client_reads, client_writes
            group.cancel_scope.cancel()
    finally:
        for stream in (to_client, client_reads, client_writes, from_client):
            stream.close()

"""`/mcp/{gateway}`: streamable HTTP, in the revisions 2026-07-28 and 2025-11-25.

In this order: where the request comes from, who sends it, whether it can be read in one way only,
which revision it speaks, whether its headers say what its body says; then it is decided.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from mcp.shared.inbound import InboundLadderRejection
from mcp_types import CLIENT_CAPABILITIES_META_KEY, PROTOCOL_VERSION_META_KEY

from app.approvals.speaking import speaks
from app.auth import Caller
from app.edges.base import StrictRequest
from app.edges.mcp import headers, messages, origin
from app.edges.mcp.asking_words import asked_in
from app.edges.mcp.credentials import comes
from app.edges.mcp.exchange import JSON, NO_STORE, Asks, Exchange
from app.edges.mcp.gate import SERVED, Gate
from app.edges.mcp.here import Here, OwnSessions
from app.edges.mcp.links.link import LinkError
from app.edges.mcp.links.opening import LEGACY, MODERN
from app.edges.mcp.messages import (
    INVALID_REQUEST,
    Answer,
    Message,
    NotAMessage,
    Notification,
    Refused,
)
from app.edges.mcp.oauth import WELL_KNOWN, Tokens
from app.edges.mcp.origin import Places
from app.edges.mcp.pages import ReadByPages
from app.edges.mcp.peer import Peer, meta
from app.edges.mcp.turns import Turns
from app.problems import Problem
from app.wiring import Gateway
from memory.keys import Scope

PATH: Final = "/mcp/{name}"
VERSION: Final = "mcp-protocol-version"
SESSION: Final = "mcp-session-id"
UNSUPPORTED: Final = -32022
IDLE_S: Final = 1_800.0
MOST_SESSIONS: Final = 10_000


@dataclass(slots=True)
class Known:
    """A client of an earlier revision, between its handshake and its farewell."""

    principal: str
    capabilities: Mapping[str, Any]
    until: float
    own: OwnSessions = field(default_factory=lambda: OwnSessions(alone=True))
    turns: Turns = field(default_factory=Turns)
    asks: Asks = field(default_factory=dict)


class Clients:
    """The clients of earlier revisions, by the session that each was given."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Known] = OrderedDict()

    def add(self, principal: str, capabilities: Mapping[str, Any]) -> str:
        """Return the session of a new client."""
        name = secrets.token_urlsafe(24)
        self._known[name] = Known(principal, capabilities, time.monotonic() + IDLE_S)
        if len(self._known) > MOST_SESSIONS:
            self._known.popitem(last=False)
        return name

    def find(self, name: str | None, principal: str) -> Known:
        """Return a client by its session, which is nobody else's."""
        found = self._known.get(name) if name is not None else None
        if name is None:
            raise Problem(400, "invalid_request", "the header `Mcp-Session-Id` is missing")
        if found is None or found.principal != principal or found.until < time.monotonic():
            raise Problem(404, "not_found", "there is no such session; begin with the handshake")
        self._known.move_to_end(name)
        found.until = time.monotonic() + IDLE_S
        return found

    def end(self, name: str | None, principal: str) -> None:
        """Forget a client."""
        self.find(name, principal)
        self._known.pop(str(name))


class Served:
    """All gateways of a server, and who may speak with them."""

    def __init__(
        self,
        gateway: Gateway,
        gates: Mapping[str, Gate],
        places: Places,
        tokens: Tokens,
        close: Callable[[], Awaitable[None]],
    ) -> None:
        self._gateway = gateway
        self.gates = gates
        self.places = places
        self.tokens = tokens
        self._close = close
        self._own = OwnSessions()
        self._clients = {name: Clients() for name in gates}

    @property
    def paths(self) -> frozenset[str]:
        """Return the paths that decide calls."""
        return frozenset(PATH.format(name=name) for name in self.gates)

    def router(self) -> APIRouter:
        """Return the routes of all gateways."""
        return router(self)

    def add_to(self, app: FastAPI) -> None:
        """Let the pages of listed origins read the answers of an application."""
        if self.places.origins:
            app.add_middleware(ReadByPages, origins=self.places.origins)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """End the connections to all servers at the end."""
        try:
            yield
        finally:
            for gate in self.gates.values():
                await gate.servers.close()
            await self._close()

    async def entered(self, http: Request, name: str) -> tuple[Gate, Caller]:
        """Return the gateway that is asked and who asks, or refuse."""
        try:
            self.places.check(http.headers.raw)
        except origin.Refused as refused:
            raise Problem(refused.status, "foreign_origin", str(refused)) from refused
        gate = self.gates.get(name)
        if gate is None:
            raise Problem(404, "not_found", "there is no such gateway")
        caller = await comes(http, self.tokens, name)
        caller.require(Scope.CHECK)
        return gate, caller

    async def post(self, http: Request, name: str) -> Response:
        """Answer one message of a client."""
        gate, caller = await self.entered(http, name)
        seconds = self._gateway.settings.deadline_ms / 1000
        body = await (await StrictRequest(http.scope, http.receive).read(seconds)).body()
        try:
            message = messages.read(body)
        except NotAMessage as fault:
            return _error(400, fault.id, messages.unreadable(fault))
        if _is_modern(http, message):
            return await self._modern(http, gate, self._judge(caller, self._own), message)
        return await self._earlier(http, name, caller, message)

    def _judge(self, caller: Caller, own: OwnSessions) -> Here:
        """Return who decides for a caller, in one of their own sessions where none is named."""
        speaking = speaks(self._gateway.settings.mcp.speaks_for_user, caller.key)
        return Here(self._gateway, caller, own, speaks_for_user=speaking)

    async def _modern(self, http: Request, gate: Gate, judge: Here, message: Message) -> Response:
        """Answer a message that tells its revision itself."""
        if isinstance(message, Notification):
            return Response(status_code=202)  # none of this revision means anything here
        if isinstance(message, Answer):
            return _error(400, None, Refused(INVALID_REQUEST, "nobody was asked anything"))
        told = {"method": message.method, "params": message.params}
        schema = await _schema(gate, message)
        route = headers.agreed(http.headers.raw, told, lambda _name: schema)
        if isinstance(route, InboundLadderRejection):
            return _error(400, message.id, _rejected(route))
        capabilities = meta(message.params).get(CLIENT_CAPABILITIES_META_KEY)
        exchange = Exchange(http, message.id)
        offered = capabilities if isinstance(capabilities, Mapping) else {}
        peer = Peer(judge, MODERN, offered, exchange)
        return await exchange.run(
            lambda: gate.answer(peer, message.method, message.params), modern=True
        )

    async def _earlier(
        self, http: Request, name: str, caller: Caller, message: Message
    ) -> Response:
        """Answer a message of a client that shook hands, or does now."""
        gate, clients = self.gates[name], self._clients[name]
        version = http.headers.get(VERSION)
        if version not in (None, LEGACY):
            supported = {"supported": list(SERVED), "requested": version}
            refused = Refused(UNSUPPORTED, "Unsupported protocol version", supported)
            return _error(400, getattr(message, "id", None), refused)
        if not isinstance(message, Answer):
            told = {"method": message.method, "params": message.params}
            route = headers.agreed_earlier(http.headers.raw, told)
            if route is not None:
                return _error(400, getattr(message, "id", None), _rejected(route))
            if message.method == "initialize" and not isinstance(message, Notification):
                return await _shake(gate, clients, caller.key.id, message)
        known = clients.find(http.headers.get(SESSION), caller.key.id)
        if isinstance(message, Answer):
            return _answered(known, message)
        if isinstance(message, Notification):
            return Response(status_code=202)
        exchange = Exchange(http, message.id, known.asks)
        judge = self._judge(caller, known.own)
        peer = Peer(judge, LEGACY, known.capabilities, exchange, turns=known.turns)
        return await exchange.run(
            lambda: gate.answer(peer, message.method, message.params), modern=False
        )

    async def delete(self, http: Request, name: str) -> Response:
        """Forget a client of an earlier revision; later ones have nothing to be forgotten."""
        _, caller = await self.entered(http, name)
        if http.headers.get(VERSION) == MODERN or SESSION not in http.headers:
            return Response(status_code=405, headers={"Allow": "POST"})
        self._clients[name].end(http.headers.get(SESSION), caller.key.id)
        return Response(status_code=204)


def router(served: Served) -> APIRouter:
    """Return the routes of all gateways."""
    made = APIRouter()

    async def post(name: str, request: Request) -> Response:
        """Answer one message of an MCP client."""
        return await served.post(request, name)

    async def delete(name: str, request: Request) -> Response:
        """Forget an MCP client."""
        return await served.delete(request, name)

    async def get(name: str, request: Request) -> Response:
        """Offer no stream of its own: what there is to say stands on that of a request."""
        await served.entered(request, name)
        return Response(status_code=405, headers={"Allow": "POST"})

    async def metadata(name: str) -> dict[str, Any]:
        """Say whose access tokens are taken for a gateway."""
        if name not in served.gates or not served.tokens.accepted:
            raise Problem(404, "not_found", "there is no such gateway, or it takes no tokens")
        return served.tokens.metadata(name)

    for method, handle in (("POST", post), ("DELETE", delete), ("GET", get)):
        made.add_api_route(PATH, handle, methods=[method], include_in_schema=False)
    made.add_api_route(WELL_KNOWN + PATH, metadata, methods=["GET"], include_in_schema=False)
    return made


async def _shake(
    gate: Gate, clients: Clients, principal: str, message: messages.Request
) -> Response:
    offered = message.params.get("capabilities")
    capabilities = offered if isinstance(offered, Mapping) else {}
    _, told = await gate.greet(message.params.get("protocolVersion"))
    name = clients.add(principal, asked_in(capabilities))
    content = messages.result(message.id, told)
    return Response(content, 200, {**NO_STORE, "Mcp-Session-Id": name}, JSON)


def _answered(known: Known, message: Answer) -> Response:
    """Take what a client says to what it was asked on the stream of a call."""
    waiting = known.asks.pop(message.id, None) if message.id is not None else None
    if waiting is None or waiting.done():
        return _error(400, None, Refused(INVALID_REQUEST, "nobody was asked that"))
    waiting.set_result(message.result or {})
    return Response(status_code=202)


def _is_modern(http: Request, message: Message) -> bool:
    """Tell whether a message is of the new revision, by its header or by itself."""
    if http.headers.get(VERSION) == MODERN:
        return True
    if isinstance(message, Answer) or message.method == "initialize":
        return False
    return PROTOCOL_VERSION_META_KEY in meta(message.params)


async def _schema(gate: Gate, message: messages.Request) -> Any:
    """Return the input schema that the headers of a call are held against."""
    name = message.params.get("name")
    if message.method != "tools/call" or not isinstance(name, str):
        return None
    try:
        entry = await gate.servers.find(name)
    except (LinkError, Refused):
        return None  # no call of it will be made either
    return None if entry is None else entry.definition.get("inputSchema")


def _rejected(route: InboundLadderRejection) -> Refused:
    return Refused(route.code, route.message, route.data)


def _error(status: int, name: messages.Id | None, refused: Refused) -> Response:
    return Response(messages.error(name, refused), status, NO_STORE, JSON)

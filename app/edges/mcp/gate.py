"""Answers what clients ask of one gateway: each method is known, or refused."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from mcp_types import methods
from pydantic import ValidationError

from app.deciding.canary import CANARY
from app.edges.mcp import beside, calls, replies
from app.edges.mcp.calls import Call, Seat
from app.edges.mcp.links.link import LinkError
from app.edges.mcp.links.opening import LEGACY, ME, MODERN
from app.edges.mcp.messages import INVALID_PARAMS, METHOD_NOT_FOUND, Refused
from app.edges.mcp.peer import Peer
from app.edges.mcp.servers import Servers
from memory.ids import new_id

SERVED: Final = (MODERN, LEGACY)
TTL_MS: Final = 30_000
PRIVATE: Final = {"ttlMs": TTL_MS, "cacheScope": "private"}
_OWN_WORDS: Final = "it does not list its tools"  # the server's own are judged by nobody
Answering = Callable[[Peer, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
Making = Callable[[Servers, Seat, Call], Awaitable[Mapping[str, Any]]]


class Gate:
    """One gateway: its servers, and how calls of them are decided."""

    def __init__(self, servers: Servers, seat: Seat) -> None:
        self.servers = servers
        self.seat = seat
        self._answers: Mapping[str, Answering] = {
            "server/discover": self._discover,
            "ping": _nothing,
            "logging/setLevel": _nothing,  # taken, and without effect: logs are dropped
            "tools/list": self._list_tools,
            "tools/call": self._call_tool,
            "resources/list": self._lists(beside.RESOURCES),
            "resources/templates/list": self._lists(beside.TEMPLATES),
            "resources/read": self._decides(beside.read_resource),
            "prompts/list": self._lists(beside.PROMPTS),
            "prompts/get": self._decides(beside.get_prompt),
            "completion/complete": self._decides(beside.complete),
        }

    async def answer(self, peer: Peer, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the result of a request, or raise `Refused`."""
        answers = self._answers.get(method)
        if answers is None:
            raise Refused(METHOD_NOT_FOUND, "Method not found", method)
        _check_shape(method, peer.revision, params)
        found = await answers(peer, params)
        if not peer.modern:
            return {name: one for name, one in found.items() if name not in PRIVATE}
        return {"resultType": "complete", **found}

    async def greet(self, asked: Any) -> tuple[str, Mapping[str, Any]]:
        """Answer the handshake of older clients: in their revision, if it is served."""
        revision = asked if asked == LEGACY else LEGACY
        capabilities = await self.servers.capabilities()
        told = {"protocolVersion": revision, "capabilities": capabilities, "serverInfo": ME}
        return revision, told

    async def _discover(self, _peer: Peer, _params: Mapping[str, Any]) -> Mapping[str, Any]:
        capabilities = await self.servers.capabilities()
        told = {"supportedVersions": list(SERVED), "capabilities": capabilities}
        return {**told, **PRIVATE, "_meta": {"io.modelcontextprotocol/serverInfo": ME}}

    async def _list_tools(self, peer: Peer, _params: Mapping[str, Any]) -> Mapping[str, Any]:
        """List the tools that are not held back and that policies might allow some call of."""
        entries = list((await self.servers.catalog()).open())
        names = [(one.server, one.name) for one in entries]
        visible = set(await peer.judge.visible(names)) if names else set()
        tools = [one.shown() for one in entries if (one.server, one.name) in visible]
        return {"tools": tools, **PRIVATE}

    async def _call_tool(self, peer: Peer, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call a tool; whether it was listed to this client does not matter."""
        async with _in_turn(peer, params) as call:
            if params["name"] == CANARY:
                return await calls.canary(self.seat, call)
            try:
                entry = await self.servers.find(params["name"])
            except (LinkError, Refused) as error:
                why = _OWN_WORDS if isinstance(error, Refused) else error
                return replies.broken(calls.NOT_SENT.format(why), "not_sent", typed=False)
            if entry is None:
                if (named := self.servers.named(params["name"])) is not None:
                    await calls.held(call, *named, calls.UNLISTED)
                raise Refused(INVALID_PARAMS, "Unknown tool", params["name"])
            return await calls.run(self.seat, call, entry, self.servers.by_name[entry.server])

    def _lists(self, kind: beside.Kind) -> Answering:
        async def answer(peer: Peer, _params: Mapping[str, Any]) -> Mapping[str, Any]:
            return {**await beside.listing(self.servers, peer, kind), **PRIVATE}

        return answer

    def _decides(self, makes: Making) -> Answering:
        async def answer(peer: Peer, params: Mapping[str, Any]) -> Mapping[str, Any]:
            async with _in_turn(peer, params) as call:
                shown = await makes(self.servers, self.seat, call)
                return {**PRIVATE, **shown} if "contents" in shown else shown

        return answer


@asynccontextmanager
async def _in_turn(peer: Peer, params: Mapping[str, Any]) -> AsyncIterator[Call]:
    """Take the next place among the client's calls, before anything is waited for."""
    ticket = peer.turns.ticket()
    try:
        yield Call(replace(peer, ticket=ticket), params, new_id("c", datetime.now(UTC)))
    finally:
        ticket.done()


async def _nothing(_peer: Peer, _params: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


def _check_shape(method: str, revision: str, params: Mapping[str, Any]) -> None:
    """Refuse what is no such request in the client's revision."""
    try:
        methods.validate_client_request(method, revision, params)
    except KeyError:
        raise Refused(METHOD_NOT_FOUND, "Method not found", method) from None
    except (ValidationError, ValueError):
        raise Refused(INVALID_PARAMS, "Invalid request parameters") from None

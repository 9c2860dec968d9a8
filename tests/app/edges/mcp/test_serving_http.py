"""`/mcp/NAME`: what is refused before anything is decided, and both revisions end to end."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.routing import Route

from app.edges.mcp import pins
from app.edges.mcp.links.opening import MODERN
from memory.keys import Scope
from tests.harness import ALL_SCOPES, GatewayHarness

FAULTY: Final = str(Path(__file__).with_name("faulty.py"))
POLICY: Final = """\
policy bank version 1;
rule first: allow one/pay when args.amount <= 100;
rule second: allow two/pay when args.amount > 100;
"""
TOOL: Final = {"name": "pay", "inputSchema": {"type": "object", "properties": {"amount": {}}}}
CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"
REVISION: Final = "io.modelcontextprotocol/protocolVersion"


class Web:
    """A gateway of two servers with equal names of tools, reached over HTTP."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.notes = {name: folder / f"{name}.notes" for name in ("one", "two")}
        servers = {
            name: {"command": sys.executable, "args": ["-S", FAULTY, "fine", str(notes)]}
            for name, notes in self.notes.items()
        }
        mcp = {"gateways": {"work": {"servers": servers}}, "origins": ["https://app.example"]}
        self.harness = GatewayHarness(folder, POLICY, mcp=mcp, **more)
        for name in servers:
            pins.write(self.harness.policies, name, [TOOL])

    def ran(self, name: str) -> list[Any]:
        notes = self.notes[name]
        return [json.loads(one) for one in notes.read_text().splitlines()] if notes.exists() else []

    def post(
        self, body: Any, headers: Mapping[str, str] | None = None, key: str | None = None
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "Host": "localhost",
            **(headers or {}),
        }
        return self.harness.request("POST", "/mcp/work", key, content=content, headers=sent)

    @asynccontextmanager
    async def client(self, mode: str) -> AsyncIterator[Client]:
        transport = httpx2.ASGITransport(app=self.harness.app)
        headers = {"Authorization": f"Bearer {self.harness.key}"}
        async with (
            httpx2.AsyncClient(transport=transport, headers=headers) as http,
            Client(
                streamable_http_client("http://localhost/mcp/work", http_client=http), mode=mode
            ) as client,
        ):
            yield client

    def close(self) -> None:
        self.harness.run(self._ended())
        self.harness.close()

    async def _ended(self) -> None:
        async with self.harness.app.router.lifespan_context(self.harness.app):
            pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path)
    yield made
    made.close()


def call(name: str = "one__pay", **args: Any) -> dict[str, Any]:
    """Return a call in the new revision."""
    meta = {REVISION: MODERN, CAPABILITIES: {}}
    params = {"name": name, "arguments": args, "_meta": meta}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def headers(name: str = "one__pay", **more: str) -> dict[str, str]:
    """Return the headers that repeat what such a call says."""
    told = {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": name}
    return {**told, **{one.replace("_", "-"): value for one, value in more.items()}}


def test_every_route_of_the_application_is_there_once(web: Web) -> None:
    """What is added twice is answered by the first, and read by nobody as the second."""
    routes = [
        (one.path, *sorted(one.methods or ()))
        for one in web.harness.app.routes
        if isinstance(one, Route)
    ]

    assert ("/mcp/{name}", "POST") in routes
    assert len(set(routes)) == len(routes)


@pytest.mark.parametrize("mode", [MODERN, "legacy", "auto"])
def test_two_servers_with_equal_names_are_told_apart(web: Web, mode: str) -> None:
    """Each tool carries its server's name, and each call is decided and made at its own server."""

    async def story() -> None:
        async with asyncio.timeout(60), web.client(mode) as client:
            names = [one.name for one in (await client.list_tools()).tools]
            assert names == ["one__pay", "two__pay"]
            results = [
                await client.call_tool("one__pay", {"amount": 5}),
                await client.call_tool("one__pay", {"amount": 500}),
                await client.call_tool("two__pay", {"amount": 500}),
                await client.call_tool("two__pay", {"amount": 5}),
            ]
            assert [one.is_error for one in results] == [False, True, False, True]

    web.harness.run(story())

    assert (web.ran("one"), web.ran("two")) == ([{"amount": 5}], [{"amount": 500}])


def test_a_call_with_equal_headers_is_made(web: Web) -> None:
    """What the tests below refuse, is made where everything is right."""
    answer = web.post(call(amount=5), headers())

    assert answer.status_code == 200
    assert answer.json()["result"]["content"] == [{"type": "text", "text": "done"}]
    assert answer.json()["result"]["resultType"] == "complete"
    assert web.ran("one") == [{"amount": 5}]


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"Mcp-Name": "two__pay"}, 400, -32020),
        ({"Mcp-Method": "tools/list"}, 400, -32020),
        ({"MCP-Protocol-Version": "2025-11-25"}, 400, -32020),
        ({"Mcp-Param-Amount": "5"}, 400, -32020),
        ({"Origin": "https://evil.example"}, 403, None),
        ({"Host": "evil.example"}, 421, None),
        ({"Authorization": "Bearer drw_wrong"}, 401, None),
        ({"Content-Type": "text/plain"}, 415, None),
        ({"Content-Encoding": "gzip"}, 415, None),
    ],
)
def test_what_is_wrong_about_a_request_keeps_its_call_from_the_server(
    web: Web, changed: Mapping[str, str], status: int, code: int | None
) -> None:
    """A header that differs from the body, a foreign page, no credential: nothing is forwarded."""
    answer = web.post(call(amount=5), {**headers(), **changed})

    assert answer.status_code == status
    if code is not None:
        assert answer.json()["error"]["code"] == code
    assert web.ran("one") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "method": "tools/call"}', -32700),
        (b"[" + json.dumps(call(amount=5)).encode() + b"]", -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "result": {}}', -32600),
        (b"not json", -32700),
        (b'{"jsonrpc": "2.0", "id": true, "method": "ping"}', -32600),
        (json.dumps(call(amount=5)).replace("5", '5, "amount": 500').encode(), -32700),
        (json.dumps(call(amount=5)).replace("5", "NaN").encode(), -32700),
        (json.dumps(call(amount=5)).replace(MODERN, "2024-11-05").encode(), -32020),
    ],
)
def test_what_can_be_read_in_two_ways_is_not_read(web: Web, body: bytes, code: int) -> None:
    """Keys that stand twice at any depth, batches, answers, no JSON: 400, and not forwarded."""
    answer = web.post(body, headers())

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert web.ran("one") == []


def test_an_unserved_revision_is_told_which_are(web: Web) -> None:
    """A revision that is not served is refused with the list of those that are."""
    body = json.loads(json.dumps(call(amount=5)).replace(MODERN, "2027-01-01"))

    answer = web.post(body, {**headers(), "MCP-Protocol-Version": "2027-01-01"})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32022
    assert web.ran("one") == []


def test_a_key_without_the_scope_decides_nothing(web: Web) -> None:
    """A key that may not ask for decisions is refused before the body is read."""
    key = web.harness.new_key([Scope.OBSERVE])

    assert web.post(call(amount=5), headers(), key).status_code == 403
    assert web.ran("one") == []


def test_other_methods_of_http_are_refused(web: Web) -> None:
    """GET and DELETE mean nothing in the new revision; an unknown method of MCP is 404."""
    told = {"Host": "localhost", "MCP-Protocol-Version": MODERN}
    assert web.harness.request("GET", "/mcp/work", headers=told).status_code == 405
    assert web.harness.request("DELETE", "/mcp/work", headers=told).status_code == 405
    assert web.harness.request("GET", "/mcp/other", headers=told).status_code == 404
    asked = {**call(amount=5), "method": "tools/steal"}
    answer = web.post(asked, {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/steal"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == -32601


def test_a_session_of_the_earlier_revision_is_nobody_elses(web: Web) -> None:
    """A session id is bound to its key: with another one, or after its end, there is none."""
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "x", "version": "1"},
        },
    }
    greeted = web.post(hello)
    session = {"Mcp-Session-Id": greeted.headers["mcp-session-id"]}
    body = {**call(amount=5), "params": {"name": "one__pay", "arguments": {"amount": 5}}}
    other = web.harness.new_key(ALL_SCOPES)

    assert greeted.json()["result"]["protocolVersion"] == "2025-11-25"
    assert web.post(body).status_code == 400
    assert web.post(body, session, other).status_code == 404
    assert web.ran("one") == []
    assert web.post(body, session).json()["result"]["isError"] is False
    another = {"Mcp-Session-Id": web.post(hello).headers["mcp-session-id"]}
    assert web.post(body, another).json()["result"]["isError"] is False
    assert len({one.session for one in web.harness.records()}) == 1
    gone = web.harness.request("DELETE", "/mcp/work", headers={"Host": "localhost", **session})
    assert gone.status_code == 204
    assert web.post(body, session).status_code == 404
    assert web.ran("one") == [{"amount": 5}, {"amount": 5}]


def test_whoever_names_no_session_joins_the_open_one(web: Web) -> None:
    """The one open session of the key's subject and agent is joined."""
    opened = web.harness.request("POST", "/v1/sessions", json={"session": "s-mine"})
    assert opened.status_code == 200
    assert web.post(call(amount=5), headers()).json()["result"]["isError"] is False
    assert {one.session for one in web.harness.records()} == {"s-mine"}


def test_of_several_open_sessions_none_is_meant(web: Web) -> None:
    """Where two sessions of the key are open and none is named, nothing is decided or made."""
    for name in ("s-one", "s-two"):
        web.harness.request("POST", "/v1/sessions", json={"session": name})
    refused = web.post(call(amount=5), headers()).json()
    assert refused["error"]["code"] == -32602
    assert "several sessions" in refused["error"]["message"]
    assert web.ran("one") == []


def test_without_gateways_there_is_no_such_path(gateway: GatewayHarness) -> None:
    """Where the settings name no gateway, `/mcp/...` does not exist."""
    answer = gateway.request("POST", "/mcp/work", json={}, headers={"Host": "localhost"})

    assert answer.status_code == 404

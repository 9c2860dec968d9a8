"""Access tokens at `/mcp/NAME`, over HTTP: who comes in, as whom, and what goes no further."""

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from app.edges.mcp import pins
from app.edges.mcp.links.opening import MODERN
from tests.app.edges.mcp.issuing import BASE, OTHER_KEY, RESOURCE, public, token
from tests.harness import GatewayHarness

RULES: Final = """\
policy bank version 1;
rule tellers: allow bank/pay when "teller" in subject.roles;
"""
TOOL: Final = {"name": "pay", "inputSchema": {"type": "object", "properties": {"amount": {}}}}
CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"
REVISION: Final = "io.modelcontextprotocol/protocolVersion"


class Elsewhere:
    """The issuer's keys and a tool server, on one small web server that remembers what came."""

    def __init__(self) -> None:
        self.headers: list[Mapping[str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.keys = [public()]
        self.down = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if outer.down:
                    self.send_error(503)
                    return
                self._write({"keys": outer.keys})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.headers.append(dict(self.headers.items()))
                outer.bodies.append(body)
                self._write({"jsonrpc": "2.0", "id": body.get("id"), "result": _result(body)})

            def _write(self, told: Any) -> None:
                content = json.dumps(told).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def calls(self) -> list[Any]:
        return [one["params"] for one in self.bodies if one.get("method") == "tools/call"]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _result(body: Mapping[str, Any]) -> dict[str, Any]:
    match body.get("method"):
        case "server/discover":
            told = {"supportedVersions": [MODERN], "capabilities": {"tools": {}}}
            return {**told, "resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
        case "tools/list":
            listed = {"tools": [TOOL], "resultType": "complete"}
            return {**listed, "ttlMs": 0, "cacheScope": "private"}
        case _:
            return {"content": [{"type": "text", "text": "done"}], "resultType": "complete"}


class Desk:
    """A gateway that takes the tokens of one issuer."""

    def __init__(self, folder: Path) -> None:
        self.elsewhere = Elsewhere()
        address = self.elsewhere.address
        issuer = {
            "issuer": "https://login.example.com",
            "jwks_url": f"{address}/keys",
            "roles_claim": ["roles"],
            "required_scopes": ["tools"],
            "session_scope": "sessions",
        }
        servers = {"bank": {"url": f"{address}/mcp"}}
        gateways = {"main": {"servers": servers}, "second": {"servers": servers}}
        settings = {"gateways": gateways, "oauth": {"issuers": [issuer]}}
        self.harness = GatewayHarness(folder, RULES, public_url=BASE, mcp=settings)
        pins.write(self.harness.policies, "bank", [TOOL])
        self.harness.reload()

    def send(
        self, *credentials: str, gateway: str = "main", beside: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """Make a call with so many `Authorization` headers."""
        meta = {REVISION: MODERN, CAPABILITIES: {}, **(beside or {})}
        params = {"name": "bank__pay", "arguments": {"amount": 5}, "_meta": meta}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = [
            ("Host", "localhost"),
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
            ("MCP-Protocol-Version", MODERN),
            ("Mcp-Method", "tools/call"),
            ("Mcp-Name", "bank__pay"),
            *(("Authorization", one) for one in credentials),
        ]
        request = self.harness._client.post(f"/mcp/{gateway}", json=body, headers=headers)
        return self.harness.run(request)

    def get(self, path: str) -> httpx.Response:
        return self.harness.run(self.harness._client.get(path))

    def close(self) -> None:
        self.harness.run(self._ended())
        self.harness.close()
        self.elsewhere.close()

    async def _ended(self) -> None:
        async with self.harness.app.router.lifespan_context(self.harness.app):
            pass


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def bearer(**claims: Any) -> str:
    return "Bearer " + token(**{"scope": "tools", "roles": ["teller"], **claims})


def test_a_good_token_calls_as_its_subject_and_goes_no_further(desk: Desk) -> None:
    """Rules see its roles, the record its subject and client; the server sees nothing of it."""
    given = bearer()
    answer = desk.send(given)

    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["isError"] is False
    (record, *_) = [one for one in desk.harness.records() if one.tool == "pay"]
    assert (record.subject, record.agent) == ("ada", "desk")
    assert len(desk.elsewhere.calls) == 1
    secret = given.removeprefix("Bearer ")
    for headers, body in zip(desk.elsewhere.headers, desk.elsewhere.bodies, strict=True):
        assert "authorization" not in {name.lower() for name in headers}
        assert secret not in json.dumps([headers, body])


def test_without_the_role_the_rules_deny(desk: Desk) -> None:
    """A token says who comes, and policies what they may do."""
    answer = desk.send(bearer(roles=[]))

    assert answer.json()["result"]["isError"] is True
    assert desk.elsewhere.calls == []


def test_what_is_no_single_good_credential_is_refused(desk: Desk) -> None:
    """None, two, another scheme, a forged one, one for another gateway; and where to get one."""
    good = bearer()
    tried = [
        (),
        (good, good),
        (good, f"Bearer {desk.harness.key}"),
        (f"Bearer {desk.harness.key}", "Basic eDp5"),
        ("Basic eDp5",),
        ("Bearer",),
        ("Bearer ",),
        ("Bearer " + token(OTHER_KEY, scope="tools"),),
        (bearer(aud=f"{BASE}/mcp/second"),),
        (f"{good}, {good}",),
        ("Bearer drw_unknown",),
    ]
    for credentials in tried:
        answer = desk.send(*credentials)
        assert answer.status_code == 401, credentials
        assert answer.json()["effect"] == "deny"
        challenge = answer.headers.get_list("www-authenticate")
        (wanted,) = challenge
        where = f"{BASE}/.well-known/oauth-protected-resource/mcp/main"
        assert f'resource_metadata="{where}"' in wanted
    assert desk.elsewhere.calls == []


def test_an_api_key_is_still_a_credential(desk: Desk) -> None:
    """Tokens are taken beside keys; what begins like a key is never taken for a token."""
    assert desk.send(f"Bearer {desk.harness.key}").status_code == 200


def test_too_little_was_granted(desk: Desk) -> None:
    """403, and what to ask for."""
    answer = desk.send(bearer(scope="mail"))

    assert answer.status_code == 403
    assert answer.json()["effect"] == "deny"
    assert 'error="insufficient_scope", scope="tools"' in answer.headers["www-authenticate"]


def test_a_session_can_be_named_only_with_its_scope(desk: Desk) -> None:
    """Without it the caller's own session is used, and another's is out of reach."""
    beside = {"drawbar/session": "s-shared"}

    assert "error" in desk.send(bearer(), beside=beside).json()
    named = desk.send(bearer(scope="tools sessions"), beside=beside).json()
    assert named["result"]["isError"] is False
    assert len(desk.elsewhere.calls) == 1


def test_issuers_that_are_down_let_nobody_in(desk: Desk) -> None:
    """503: nobody can tell whether the token is good."""
    desk.elsewhere.down = True

    assert desk.send(bearer()).status_code == 503
    assert desk.elsewhere.calls == []


def test_each_gateway_says_where_to_get_a_token(desk: Desk) -> None:
    """Each for itself, without a credential; and none for a gateway that is not there."""
    path = "/.well-known/oauth-protected-resource/mcp/"
    told = desk.get(path + "main").json()

    assert told["resource"] == RESOURCE
    assert told["authorization_servers"] == ["https://login.example.com"]
    assert desk.get(path + "second").json()["resource"] == f"{BASE}/mcp/second"
    assert desk.get(path + "third").status_code == 404

"""The SDK's own client finds its way from a refusal to a token, and is let in with it."""

import asyncio
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import httpx2
import pytest
import uvicorn
from mcp import Client
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

from app.edges.mcp import pins
from app.edges.mcp.links.opening import MODERN
from app.edges.mcp.local import _Server
from tests.app.edges.mcp.issuing import public, token
from tests.harness import GatewayHarness

FAULTY: Final = str(Path(__file__).with_name("faulty.py"))
TOOL: Final = {"name": "pay", "inputSchema": {"type": "object", "properties": {"amount": {}}}}
RULES: Final = 'policy bank version 1; rule tellers: allow bank/pay when "teller" in subject.roles;'


class Issuer:
    """An authorization server: what it says of itself, its keys, and tokens for one client."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/keys":
                    self._write({"keys": [public()]})
                elif self.path == "/.well-known/oauth-authorization-server":
                    self._write(outer.metadata())
                else:
                    self.send_error(404)

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: one[0] for name, one in parse_qs(sent).items()}
                outer.asked.append(form)
                self._write(outer.token(form))

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

    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "response_types_supported": ["code"],
            "grant_types_supported": ["client_credentials"],
        }

    def token(self, form: dict[str, Any]) -> dict[str, Any]:
        made = token(
            iss=self.address,
            aud=form["resource"],
            client_id="desk",
            scope=form.get("scope", ""),
            roles=["teller"],
        )
        return {"access_token": made, "token_type": "Bearer", "expires_in": 600}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Kept:
    """Keeps a client's token in memory."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        del client_info


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    yield made
    made.close()


@pytest.mark.parametrize("mode", [MODERN, "legacy"])
def test_the_sdks_client_gets_a_token_and_is_let_in(
    issuer: Issuer, tmp_path: Path, mode: str
) -> None:
    """It is told where to ask, for which gateway and for which scope; then its call runs."""
    config = uvicorn.Config("", port=0)
    held = config.bind_socket()
    base = f"http://127.0.0.1:{held.getsockname()[1]}"
    notes = tmp_path / "notes"
    server = {"command": sys.executable, "args": ["-S", FAULTY, "fine", str(notes)]}
    trusted = {
        "issuer": issuer.address,
        "jwks_url": f"{issuer.address}/keys",
        "roles_claim": ["roles"],
        "required_scopes": ["tools"],
    }
    mcp = {
        "gateways": {"main": {"servers": {"bank": server}}},
        "oauth": {"issuers": [trusted]},
    }
    harness = GatewayHarness(tmp_path, RULES, public_url=base, mcp=mcp)
    pins.write(harness.policies, "bank", [TOOL])
    harness.reload()
    address, kept = f"{base}/mcp/main", Kept()
    auth = ClientCredentialsOAuthProvider(
        address, kept, "desk", "its secret", issuer=issuer.address
    )

    async def story() -> bool:
        serving = _Server(uvicorn.Config(harness.app, log_config=None, lifespan="off"))
        task = asyncio.create_task(serving.serve(sockets=[held]))
        async with (
            asyncio.timeout(120),
            httpx2.AsyncClient(auth=auth, timeout=60) as http,
            Client(streamable_http_client(address, http_client=http), mode=mode) as client,
        ):
            result = await client.call_tool("bank__pay", {"amount": 5})
        serving.should_exit = True
        await task
        async with harness.app.router.lifespan_context(harness.app):
            pass
        return bool(result.is_error)

    assert harness.run(story()) is False
    harness.close()
    held.close()
    assert notes.read_text() == '{"amount": 5}\n'
    (asked,) = issuer.asked
    assert asked["resource"] == address
    assert asked["scope"] == "tools"

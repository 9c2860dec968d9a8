"""One call through two real seats: the Python client, then the MCP gateway before a real server."""

import asyncio
from pathlib import Path
from typing import Any, Final

import httpx
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from app.edges.mcp import pins
from app.edges.mcp.pinning import listed
from drawbar import AsyncClient
from tests.e2e.gateway_process import GatewayProcess
from tests.e2e.test_mcp_serve import notes, over_http

__all__ = ("notes",)

POLICY: Final = """\
policy work version 1;
rule note: allow notes/note;
rule once: deny notes/note when count(note) >= 1 priority 1;
"""
SETTINGS: Final = '[mcp.gateways.work.servers.notes]\nurl = "{address}"\n'
ARGS: Final = {"text": "hello"}


async def story(gateway: GatewayProcess) -> tuple[list[bool], list[bool], str]:
    """Let a guard decide a call and hand it on; return what both seats let through and show."""
    headers = {"Authorization": f"Bearer {gateway.key}"}
    async with (
        AsyncClient(gateway.address, gateway.key, timeout=30.0) as guard,
        httpx2.AsyncClient(headers=headers, timeout=None) as http,
        Client(streamable_http_client(f"{gateway.address}/mcp/work", http_client=http)) as client,
    ):

        async def through(token: str | None) -> Any:
            named = {"drawbar/session": "s1"}
            meta: Any = named if token is None else {**named, "drawbar/decision": token}
            return await client.call_tool("notes__note", dict(ARGS), meta=meta)

        session = guard.session("s1")
        first = await session.check("note", ARGS, server="notes")
        assert first.allowed, first
        made = await through(first.seat_token)
        shown = await session.result(str(first.call_id), made.content[0].text)
        again, without = await through(first.seat_token), await through(None)
        further = await session.check("note", ARGS, server="notes")
    said = [not one.is_error for one in (made, again, without)]
    return said, [shown.allowed, further.allowed], str(first.call_id)


def test_a_guarded_call_passes_the_mcp_gateway_and_is_one_call(
    tmp_path: Path, notes: tuple[str, Path]
) -> None:
    """With a budget of one the server is called once: not again by the token, nor without it."""
    address, file = notes
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "work.bar").write_text(POLICY)
    (tmp_path / "drawbar.toml").write_text(SETTINGS.format(address=address))

    async def pin() -> None:
        pins.write(policies, "notes", await listed("notes", over_http(address)))

    asyncio.run(pin())
    with GatewayProcess(tmp_path, "--port", "0", policies=policies) as gateway:
        passed, told, first = asyncio.run(asyncio.wait_for(story(gateway), 100))
        headers = {"Authorization": f"Bearer {gateway.key}"}
        with httpx.Client(base_url=gateway.address, headers=headers, timeout=30) as client:
            counted = client.get("/v1/sessions/s1").json()["calls"]

    assert (passed, told) == ([True, False, False], [True, False])
    assert file.read_text().splitlines() == ["hello"]
    assert counted == [first]

"""`/mcp/NAME` with real servers behind it: two processes and one over HTTP."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from app.edges.mcp import pins
from app.edges.mcp.links.http import HttpLink
from app.edges.mcp.links.link import Heard, Link
from app.edges.mcp.links.upstream import Open
from app.edges.mcp.pinning import listed
from app.edges.mcp.wrapping import opener
from tests.e2e.gateway_process import GatewayProcess

GIT: Final = (sys.executable, "-m", "mcp_server_git")
TIME: Final = (sys.executable, "-m", "mcp_server_time")
SERVER: Final = str(Path(__file__).with_name("http_server.py"))
POLICY: Final = """\
policy work version 1;

rule clock: allow time/get_current_time;
rule look: allow git/git_status;
rule note: allow notes/note when args.text != "secret";
"""
SETTINGS: Final = """\
[mcp.gateways.work.servers.time]
command = "{python}"
args = ["-m", "mcp_server_time"]

[mcp.gateways.work.servers.git]
command = "{python}"
args = ["-m", "mcp_server_git"]

[mcp.gateways.work.servers.notes]
url = "{address}"
headers = {{ X-Own = "ours" }}
"""


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Return the address of a server over HTTP, and what it notes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    file = tmp_path / "notes"
    process = subprocess.Popen([sys.executable, SERVER, str(port), str(file)])
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/mcp", file
    process.kill()
    process.wait()


def over_http(address: str) -> Open:
    async def connect(heard: Heard) -> Link:
        return HttpLink(address, {}, heard)

    return connect


async def pin_all(policies: Path, address: str) -> None:
    opens = {
        "time": opener("time", TIME),
        "git": opener("git", GIT),
        "notes": over_http(address),
    }
    for name, one in opens.items():
        pins.write(policies, name, await listed(name, one))


def test_one_gateway_before_three_servers(tmp_path: Path, notes: tuple[str, Path]) -> None:
    """Each call goes to its own server as it was decided; the client's key goes to none."""
    address, file = notes
    policies = tmp_path / "policies"
    policies.mkdir()
    (policies / "work.bar").write_text(POLICY)
    (tmp_path / "drawbar.toml").write_text(SETTINGS.format(python=sys.executable, address=address))

    async def story(gateway: GatewayProcess, mode: str) -> None:
        headers = {"Authorization": f"Bearer {gateway.key}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=None) as http,
            Client(
                streamable_http_client(f"{gateway.address}/mcp/work", http_client=http), mode=mode
            ) as client,
        ):
            names = [one.name for one in (await client.list_tools()).tools]
            assert names == ["git__git_status", "notes__note", "time__get_current_time"]
            now = await client.call_tool("time__get_current_time", {"timezone": "UTC"})
            assert not now.is_error
            kept: Any = await client.call_tool("notes__note", {"text": mode})
            assert kept.content[0].text == f"noted {mode}"
            denied = await client.call_tool("notes__note", {"text": "secret"})
            assert denied.is_error
            reset = await client.call_tool("git__git_reset", {"repo_path": str(tmp_path)})
            assert reset.is_error

    asyncio.run(pin_all(policies, address))
    with GatewayProcess(tmp_path, "--port", "0", policies=policies) as gateway:
        for mode in ("auto", "legacy"):
            asyncio.run(asyncio.wait_for(story(gateway, mode), 100))

    assert file.read_text().splitlines() == ["auto", "legacy"]
    told = file.with_suffix(".headers").read_text()
    assert "x-own: ours" in told
    assert "mcp-param-text: legacy" in told.lower()
    assert gateway.key not in told

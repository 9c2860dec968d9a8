"""From nothing to a guarded MCP server, in an empty home folder, in five commands or fewer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from tests.packaging.test_install import UV, checkout, run

__all__ = ("checkout",)  # the fixture

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(600)]
TINY = Path(__file__).parents[1] / "app" / "init" / "tiny_server.py"


def test_three_commands_guard_a_server(
    checkout: Path,
    tmp_path: Path,
) -> None:
    """Install, draft, rewire the client: then what only reads runs, and the rest is asked."""
    home = tmp_path / "home"
    home.mkdir()
    client = home / "client.json"
    entry = {"command": sys.executable, "args": [str(TINY), "get_mail", "delete_mail"]}
    client.write_text(json.dumps({"mcpServers": {"mail": entry}}), "utf-8")
    env = {**os.environ, "HOME": str(home), "UV_TOOL_DIR": str(home / "tools")}
    env |= {"UV_TOOL_BIN_DIR": str(home / "bin"), "PATH": f"{home / 'bin'}:/usr/bin:/bin"}
    # The downloads of others are no part of what is installed here.
    env.setdefault("UV_CACHE_DIR", run(UV, "cache", "dir", cwd=tmp_path).strip())
    commands = [
        [str(UV), "tool", "install", "--quiet", "--python", sys.executable, f"{checkout}[mcp]"],
        [str(home / "bin" / "drawbar"), "init", "--config", "client.json"],
        [str(home / "bin" / "drawbar"), "init", "--config", "client.json", "--write-config"],
    ]
    for command in commands:
        subprocess.run(command, cwd=home, env=env, check=True, timeout=280)
    guarded = json.loads(client.read_text("utf-8"))["mcpServers"]["mail"]

    async def story() -> tuple[bool, bool]:
        own = StdioServerParameters(
            command=guarded["command"], args=guarded["args"], env={"HOME": str(home)}
        )
        async with Client(stdio_client(own)) as asked:
            read = await asked.call_tool("get_mail", {"id": "mail-4711"})
            gone = await asked.call_tool("delete_mail", {"id": "mail-4711"})
        return bool(read.is_error), bool(gone.is_error)

    assert len(commands) <= 5
    assert guarded["command"] == str(home / "bin" / "drawbar")
    assert anyio.run(story) == (False, True)

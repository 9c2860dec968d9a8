"""The page on guarding MCP servers, done as a reader would, with the official client."""

import asyncio
import json
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Final

from mcp import Client
from mcp.client.stdio import StdioServerParameters

from app.settings import Settings
from dsl import format as layout
from dsl.errors import Source
from tests.command import drawbar
from tests.docs.test_tutorial import Block, blocks

PAGE: Final = "docs/mcp.md"
SERVER: Final = "uvx mcp-server-time"
# The same server, from the environment of the tests.
OURS: Final = (sys.executable, "-m", "mcp_server_time")


def ours(words: list[str]) -> list[str]:
    """Put our own interpreter where the page has `uvx`."""
    server = SERVER.split()
    return [*words[: -len(server)], *OURS] if words[-len(server) :] == server else words


async def client(folder: Path, told: dict[str, list[str]]) -> None:
    """Play the client that the page sets up."""
    arguments = ["-m", "app.cli", *ours(told["args"])]
    wrapped = StdioServerParameters(command=sys.executable, args=arguments, cwd=folder)
    async with asyncio.timeout(100), Client(wrapped) as found:
        names = [one.name for one in (await found.list_tools()).tools]
        assert names == ["get_current_time"]
        now = await found.call_tool("get_current_time", {"timezone": "UTC"})
        assert not now.is_error
        await found.call_tool("convert_time", {"time": "10:00"})


def test_the_first_guarded_server_is_made_as_the_page_says(tmp_path: Path) -> None:
    """Files are written, commands run, and the client sees and may call what the page says."""
    (tmp_path / "policies").mkdir()
    steps = blocks(PAGE)
    printed = []
    for step, following in zip(steps, [*steps[1:], Block("", "")], strict=True):
        if "file" in step.options:
            (tmp_path / step.options["file"]).write_text(step.text, "utf-8")
            if step.language == "json":
                told = json.loads(step.text)["mcpServers"]["time"]
                assert told["command"] == "drawbar"
                asyncio.run(client(tmp_path, told))
                (tmp_path / "drawbar.toml").unlink(missing_ok=True)
        elif step.language == "sh" and "norun" not in step.options:
            name, *words = shlex.split(step.text)
            assert name == "drawbar"
            ran = drawbar(*ours(words), cwd=tmp_path)
            assert ran.returncode == int(step.options["exit"]), ran.stdout + ran.stderr
            assert following.language != "text" or following.text in ran.stdout
            printed.append(ran.stdout)

    assert len(printed) == 2
    assert "get_current_time" in printed[1]


def test_the_pages_settings_and_policies_are_sound() -> None:
    """What the page puts into the settings is taken, and its policies are laid out and parse."""
    (settings,) = [one for one in blocks(PAGE) if one.options.get("file") == "drawbar.toml"]
    found = Settings(**tomllib.loads(settings.text))
    policies = [one.text for one in blocks(PAGE) if one.language == "bar"]

    assert set(found.mcp.gateways["work"].servers) == {"time", "wiki"}
    assert [layout.reformat(Source("x.bar", one)) for one in policies] == policies

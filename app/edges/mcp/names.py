"""What a tool is called in public, and which server and tool that stands for."""

import re
from collections.abc import Sequence
from typing import Final

MOST: Final = 64  # characters that model APIs take
SEPARATOR: Final = "__"
RESERVED: Final = "drawbar"  # the server of a call that none has
# Model APIs refuse dots; the first separator splits, so a server's name holds none.
_PUBLIC: Final = re.compile(r"[A-Za-z0-9_-]+")
_TOOL: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_SERVER: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


def is_server(name: str) -> bool:
    """Tell whether a server may be called so."""
    return _SERVER.fullmatch(name) is not None


def public(server: str | None, tool: str) -> str | None:
    """Return a tool's public name, or None where it can have none; no server is no prefix."""
    name = tool if server is None else f"{server}{SEPARATOR}{tool}"
    return name if len(name) <= MOST and _PUBLIC.fullmatch(name) else None


def is_tool(name: str) -> bool:
    """Tell whether a call of a tool of this name could be asked about at any edge."""
    return _TOOL.fullmatch(name) is not None


def server_named(text: str) -> str:
    """Make a server's name of any words, such as those of a command."""
    found = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:32].strip("-")
    return found or "server"


_STARTERS: Final = frozenset(
    (
        *("uvx", "uv", "pipx", "npx", "npm", "pnpm", "yarn", "bunx", "node", "deno", "docker"),
        *("podman", "run", "exec", "tool", "x", "env", "sh", "bash", "dlx"),
    )
)
_AROUND: Final = re.compile(r"^(?:mcp-server-|server-|mcp-)|(?:-mcp-server|-mcp|-server)$")


def of_command(command: Sequence[str]) -> str:
    """Make a server's name of the command that starts it: `uvx mcp-server-time` is `time`."""
    for word in command:
        last = word.rpartition("/")[2].partition("==")[0].partition("@")[0]
        stem = re.sub(r"\.(?:py|js|ts|exe)$", "", last).lower().replace("_", "-")
        is_python = re.fullmatch(r"python[0-9.]*", stem)
        if word.startswith("-") or stem in _STARTERS or is_python or not stem:
            continue
        return server_named(_AROUND.sub("", stem) or stem)
    return "server"

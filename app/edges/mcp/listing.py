"""Asks a server once for its tools, with a limit of time and size, and lets go of it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from app.edges.mcp.links.http import HttpLink
from app.edges.mcp.links.link import Heard, Link, LinkError
from app.edges.mcp.links.stdio import environment
from app.edges.mcp.links.upstream import Open, Upstream
from app.edges.mcp.messages import Refused
from app.edges.mcp.wrapping import starting
from dsl.errors import DrawbarError, printable

LONGEST: Final = 300  # characters of what a server says
ENDING_S: Final = 10.0  # for a server to end by itself


async def listed(
    name: str,
    command: Sequence[str],
    env: Mapping[str, str],
    cwd: Path | None = None,
    seconds: float = 60.0,
) -> Sequence[Mapping[str, Any]]:
    """Start a server, return the tools that it lists, as it lists them, and end it."""
    return await asked(name, starting(name, command, environment(env), cwd), seconds)


async def listed_at(
    name: str, address: str, headers: Mapping[str, str], seconds: float = 60.0
) -> Sequence[Mapping[str, Any]]:
    """Return the tools of a server that is reached over HTTP."""

    async def opens(heard: Heard) -> Link:
        return HttpLink(address, headers, heard)

    return await asked(name, opens, seconds)


async def asked(name: str, opens: Open, seconds: float) -> Sequence[Mapping[str, Any]]:
    """Return the tools that a server lists; all its time may pass until it has started."""
    upstream = Upstream(name, opens, seconds, greet_s=seconds)
    try:
        async with asyncio.timeout(seconds):
            found = await upstream.listed("tools/list", "tools")
            return [one for one in found if isinstance(one, dict)]
    except TimeoutError as error:
        message = f"the tools of `{name}` cannot be listed: it took longer than {seconds:g} s"
        raise DrawbarError(message) from error
    except (LinkError, Refused) as error:
        told = printable(str(error))[:LONGEST]  # it may be what the server said
        raise DrawbarError(f"the tools of `{name}` cannot be listed: {told}") from error
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDING_S):
                await upstream.close()

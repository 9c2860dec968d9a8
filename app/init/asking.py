"""Gathers the tools of servers: each is started once, or reached at its address."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from app.init.config import Configured, unfilled
from app.init.offered import Catalogue, Offered
from dsl.errors import DrawbarError

_LOOKS_LIKE_PATH: Final = ("/", "~")


async def ask(
    name: str, origin: str, servers: Sequence[Configured], seconds: float
) -> tuple[Catalogue, dict[str, list[Mapping[str, Any]]]]:
    """Return all tools, and each server's definitions as they came; who does not answer is told."""
    if find_spec("mcp") is None:
        raise DrawbarError("this needs the extra `mcp`: install `drawbar-server[mcp]`")
    answers = await asyncio.gather(*(_listed(one, seconds) for one in servers))
    tools: list[Offered] = []
    told: list[str] = []
    raw: dict[str, list[Mapping[str, Any]]] = {}
    for one, answer in zip(servers, answers, strict=True):
        called = server_name(one)
        if isinstance(answer, str):
            told.append(answer)
        elif called in raw:
            told.append(f"`{one.key}` is left out: another server is called `{called}` too")
        else:
            raw[called] = list(answer)
            tools += [Offered(tool, called) for tool in answer]
    if not tools:
        raise DrawbarError("; ".join(told) or "the servers offer no tools")
    folders = tuple(folder for one in servers for folder in _folders(one))
    return Catalogue(name, origin, tuple(tools), folders, tuple(told)), raw


async def _listed(one: Configured, seconds: float) -> Sequence[Mapping[str, Any]] | str:
    """Return the tools of a server, or why there are none."""
    from app.edges.mcp import listing  # noqa: PLC0415 - with it comes the extra `mcp`

    if (text := unfilled(one)) is not None:
        return f"`{one.key}` is left out: only its client can fill in `{text}`"
    try:
        if one.url is not None:
            called = server_name(one)
            return await listing.listed_at(called, one.url, one.headers, seconds)
        return await listing.listed(server_name(one), one.command, one.env, one.cwd, seconds)
    except DrawbarError as error:
        return f"`{one.key}` is left out: {error}"


def by_command(command: Sequence[str], name: str | None) -> Configured:
    """Return a server as it is started by a command, in the environment of whoever says so."""
    from app.edges.mcp import names  # noqa: PLC0415 - as above

    env = {key: value for key, value in os.environ.items() if not key.startswith("DRAWBAR_")}
    return Configured(name or names.of_command(command), tuple(command), env)


def by_address(url: str, name: str | None) -> Configured:
    """Return a server that is reached at an address."""
    host = urlsplit(url).hostname
    if not url.startswith(("http://", "https://")) or not host:
        raise DrawbarError(f"`{url}` is no address of a server; it begins with `https://`")
    return Configured(name or host, url=url)


def server_name(one: Configured) -> str:
    """Return what a server is called in rules."""
    from app.edges.mcp import names  # noqa: PLC0415 - as above

    return names.server_named(one.key)


def _folders(one: Configured) -> list[str]:
    """Return the folders that a server is started with: it should not look beyond them."""
    paths = [
        Path(word).expanduser() for word in one.command[1:] if word.startswith(_LOOKS_LIKE_PATH)
    ]
    return [str(path) for path in paths if path.is_dir()]

"""`drawbar mcp`."""

import asyncio
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dsl.errors import DrawbarError

if TYPE_CHECKING:
    from app.edges.mcp.wrapping import Elsewhere
    from app.settings import Settings

_PATH = click.Path(path_type=Path)
_COMMAND = click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
_NAME = click.option(
    "--name", help="The server's name in policies (default: made from the command)."
)
_POLICIES = click.option(
    "--policies", type=_PATH, help="Folder of policies, where `mcp-pins.json` lies."
)


@click.group()
def mcp() -> None:
    """Guard MCP servers: decide each call that a client makes of them."""


@mcp.command()
@_COMMAND
@_NAME
@click.option("--url", help="The gateway that decides (default: DRAWBAR_URL).")
@click.option("--uds", type=_PATH, help="Its Unix socket instead.")
@click.option("--local", is_flag=True, help="Decide in this process, with a store in --data.")
@_POLICIES
@click.option("--data", type=_PATH, help="Folder for the store, with --local.")
@click.option("--config", type=_PATH, help="Settings file in TOML (default: drawbar.toml).")
@click.option("--session", help="The session of all calls (default: DRAWBAR_SESSION).")
@click.option(
    "--wait-s",
    type=click.IntRange(0, 50),
    default=0,
    show_default=True,
    help="Seconds that a call is held while people are asked.",
)
@click.option(
    "--speaks-for-user",
    is_flag=True,
    help="A form of this client answers `approver user`: a person sees each.",
)
@click.option(
    "--questions", is_flag=True, help="Hand on what the server asks of people (elicitation)."
)
@click.option("--prefix", is_flag=True, help="Show tools as SERVER__TOOL.")
@click.option(
    "--deny-as",
    type=click.Choice(["result", "error"]),
    default="result",
    show_default=True,
    help="A denied call is a result that is an error, or an error of the protocol.",
)
def wrap(
    command: tuple[str, ...],
    name: str | None,
    url: str | None,
    uds: Path | None,
    local: bool,
    policies: Path | None,
    data: Path | None,
    config: Path | None,
    session: str | None,
    wait_s: int,
    speaks_for_user: bool,
    questions: bool,
    prefix: bool,
    deny_as: str,
) -> None:
    """Start an MCP server and stand before it, over standard input and output.

    Write it where the client's settings name the server's command: `drawbar mcp wrap -- COMMAND`.
    A running gateway decides, with the key in DRAWBAR_KEY; or this process does, with --local.
    Exit codes: 0 the client went away, 1 could not run, 2 usage.
    """
    _look_for_the_extra()
    from app import settings
    from app.edges.mcp import names, wrapping
    from app.logs import configure_logs

    found = settings.load({"policies": policies, "data": data}, config)
    configure_logs(found)
    os.umask(0o077)
    server = _name(name, command, names.of_command(command))
    how = wrapping.Wrap(
        server,
        command,
        found.policies,
        wait_s,
        deny_as == "error",
        prefix,
        session or os.environ.get("DRAWBAR_SESSION"),
        speaks_for_user,
        questions,
    )
    asyncio.run(wrapping.run(how, found if local else _elsewhere(url, uds, found)))


@mcp.command()
@_COMMAND
@_NAME
@_POLICIES
@click.option("--config", type=_PATH, help="Settings file in TOML (default: drawbar.toml).")
def pin(
    command: tuple[str, ...], name: str | None, policies: Path | None, config: Path | None
) -> None:
    """Start an MCP server, and pin its tools as they are now.

    What is not pinned, or changes afterwards, is hidden and denied. Look at the tools first.
    Exit codes: 0 pinned, 1 could not run, 2 usage.
    """
    _look_for_the_extra()
    from app import settings
    from app.edges.mcp import names, pinning, wrapping

    found = settings.load({"policies": policies}, config)
    server = _name(name, command, names.of_command(command))
    tools = asyncio.run(pinning.listed(server, wrapping.opener(server, command)))
    lines = pinning.pin(found.policies, server, tools)
    sys.stdout.write("\n".join([f"{server}: {len(tools)} tools pinned", *lines]) + "\n")


def _look_for_the_extra() -> None:
    """Say what to install where the SDK of MCP is not there."""
    if find_spec("mcp_types") is None:
        raise DrawbarError("`drawbar mcp` needs the extra `mcp`: install `drawbar-server[mcp]`")


def _name(given: str | None, command: tuple[str, ...], made: str) -> str:
    from app.edges.mcp import names

    if given is not None and not names.is_server(given):
        message = "a server's name is 1 to 32 small letters, digits and `-`"
        raise click.BadParameter(message, param_hint="--name")
    return given or made


def _elsewhere(url: str | None, uds: Path | None, found: "Settings") -> "Elsewhere":
    """Return the gateway that decides, or say how there could be one."""
    from app.edges.mcp.wrapping import Elsewhere

    socket = uds or (found.uds if url is None else None)
    address = f"unix:{socket.absolute()}" if socket else url or os.environ.get("DRAWBAR_URL")
    if address is None:
        hint = "start one with `drawbar serve` and name it with --url or DRAWBAR_URL"
        raise DrawbarError(f"no gateway is named that decides; {hint}, or add --local")
    key = os.environ.get("DRAWBAR_KEY")
    if not key:
        hint = "make one with `drawbar keys create --scope check --scope observe"
        raise DrawbarError(f"there is no key in DRAWBAR_KEY; {hint} --scope assert.session`")
    return Elsewhere(address, key)

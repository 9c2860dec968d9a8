"""Sets the demo up: a policy, an MCP server, and Drawbar before it as anybody would start it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from app.demo.agent import Came
from app.edges.mcp import pins
from app.edges.mcp.links.link import Heard, Link, LinkError
from app.edges.mcp.links.stdio import environment
from app.edges.mcp.links.upstream import Upstream
from app.edges.mcp.local import KEY
from app.edges.mcp.wrapping import starting
from app.own_socket import answers, socket_of
from dsl.errors import DrawbarError

SERVER: Final = "bank"
FILES: Final = ("bank.bar", "bank.tools.json")
_HERE: Final = Path(__file__).parent
_ASK_S: Final = 60.0
_READY_S: Final = 120.0  # on a machine that is busy with other things
_LOOK_S: Final = 0.05


def policies(folder: Path) -> None:
    """Put the demo's policy into a folder; one that is there is used as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        if not (folder / name).exists():
            (folder / name).write_text((_HERE / name).read_text("utf-8"), "utf-8")


def bank(ledger: Path) -> list[str]:
    """Return the command that starts the server."""
    return [sys.executable, "-m", "app.edges.mcp.demo_bank", str(ledger)]


def wrapped(policies: Path, data: Path, session: str, ledger: Path) -> list[str]:
    """Return the same command with Drawbar before it."""
    own = [sys.executable, "-m", "app.cli", "mcp", "wrap", "--local", "--name", SERVER]
    own += ["--policies", str(policies), "--data", str(data), "--session", session]
    return [*own, "--", *bank(ledger)]


class Tools:
    """The tools of one server, as an agent calls them."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def pin(self, folder: Path) -> None:
        """Pin the tools as they are now, as `drawbar mcp pin` does."""
        pins.write(folder, SERVER, await self._upstream.listed("tools/list", "tools"))

    async def __call__(self, name: str, args: Mapping[str, Any]) -> Came:
        """Call a tool; what is refused comes back as an error, as MCP has it."""
        result = await self._upstream.ask("tools/call", {"name": name, "arguments": args})
        content = result.get("content", [])
        text = " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
        return Came(text, result.get("isError") is True)


@asynccontextmanager
async def started(
    command: list[str], more: Mapping[str, str], ready: Callable[[], bool] = lambda: True
) -> AsyncIterator[Tools]:
    """Start a server, talk to it once it is ready, and end it."""

    async def opens(heard: Heard) -> Link:
        link = await start(heard)
        async with asyncio.timeout(_READY_S):
            while True:
                if ready() or link.closed:
                    return link
                await asyncio.sleep(_LOOK_S)

    start = starting(SERVER, command, environment(more))
    upstream = Upstream(SERVER, opens, _ASK_S)
    try:
        try:
            await upstream.greeted()
        except (LinkError, TimeoutError) as error:
            raise DrawbarError(f"`{SERVER}` cannot be started: {error}") from error
        yield Tools(upstream)
    finally:
        await upstream.close()


def listening(data: Path) -> bool:
    """Tell whether the gateway of a folder is there."""
    return data.is_dir() and answers(socket_of(data))


async def tell_user_words(data: Path, session: str, text: str) -> None:
    """Tell the gateway what the user said, as a host does."""
    key = (data / KEY).read_text("utf-8").strip()
    body = {"session": session, "events": [{"id": "u1", "type": "user", "text": text}]}
    transport = httpx.AsyncHTTPTransport(uds=str(socket_of(data)))
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.post("/v1/observe", json=body, headers=headers, timeout=_ASK_S)
    if answer.status_code != httpx.codes.OK:
        raise DrawbarError(f"the user's words could not be told: {answer.status_code}")


def paid(ledger: Path) -> list[dict[str, Any]]:
    """Return the payments that were made."""
    lines = ledger.read_text("utf-8").splitlines() if ledger.exists() else []
    return [json.loads(line) for line in lines]

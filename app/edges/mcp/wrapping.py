"""`drawbar mcp wrap`: stands between one client and one server that it starts itself."""

import asyncio
import os
import secrets
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from app.edges.mcp import pins
from app.edges.mcp.asking_people import AskingPeople
from app.edges.mcp.asking_upstream import Questions
from app.edges.mcp.calls import Seat
from app.edges.mcp.gate import Gate
from app.edges.mcp.judge import Judge, NoSession
from app.edges.mcp.links.link import Heard, Link
from app.edges.mcp.links.opening import LEGACY
from app.edges.mcp.links.stdio import StdioLink
from app.edges.mcp.links.upstream import Open, Upstream
from app.edges.mcp.peer import Peer
from app.edges.mcp.pins import Pins
from app.edges.mcp.request_state import RequestStates
from app.edges.mcp.servers import Servers
from app.edges.mcp.serving_stdio import StdioClient, standard_streams
from app.edges.mcp.there import Line, There
from app.settings import PREFIX, Settings
from dsl.errors import DrawbarError

log = structlog.get_logger("drawbar.mcp")


@dataclass(frozen=True, slots=True)
class Wrap:
    """What is wrapped, and how its calls are decided and denied."""

    name: str
    command: Sequence[str]
    policies: Path
    wait_s: int = 0
    as_error: bool = False
    prefixed: bool = False
    session: str | None = None
    speaks_for_user: bool = False
    questions: bool = False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A running gateway, and the key it is asked with."""

    address: str
    key: str


async def run(wrap: Wrap, decides: Elsewhere | Settings) -> None:
    """Serve until the client goes away or the process is told to stop."""
    async with AsyncExitStack() as held:
        judge = await _judge(held, wrap, decides)
        upstream = Upstream(wrap.name, opener(wrap.name, wrap.command), questions=wrap.questions)
        servers = Servers([upstream], watched(wrap.policies), prefixed=wrap.prefixed)
        held.push_async_callback(servers.close)
        gate = Gate(servers, _seat(wrap))
        lines, out = await standard_streams()
        client = StdioClient(gate, Peer(judge, LEGACY, session=wrap.session), lines, out)
        await _until_stopped(client)


def _seat(wrap: Wrap) -> Seat:
    """Return how people are asked; what a client carries is good as long as this process lives."""
    root = secrets.token_bytes(32)
    states = RequestStates(lambda: root, lambda: datetime.now(UTC))
    asking = AskingPeople(wrap.name, states, wrap.wait_s)
    return Seat(asking, wrap.as_error, Questions(wrap.name, states))


async def _until_stopped(client: StdioClient) -> None:
    serving = asyncio.create_task(client.serve(), name="mcp client")
    loop = asyncio.get_running_loop()
    for stop in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(stop, serving.cancel)
    with suppress(asyncio.CancelledError):
        await serving


async def _judge(held: AsyncExitStack, wrap: Wrap, decides: Elsewhere | Settings) -> Judge:
    """Return who decides, or refuse to start."""
    if isinstance(decides, Settings):
        from app.edges.mcp.local import Local  # noqa: PLC0415 - with it comes a whole gateway

        local = Local(decides, speaks_for_user=wrap.speaks_for_user)
        held.push_async_callback(local.close)
        judge = await local.open()
    else:
        line = Line(decides.address, decides.key)
        judge = There(line, speaks_for_user=wrap.speaks_for_user)
    held.push_async_callback(judge.close)
    try:
        await judge.session(None)
    except NoSession as error:
        hint = "start one with `drawbar serve`, or decide in this process with `--local`"
        raise DrawbarError(f"calls cannot be decided: {error}; {hint}") from error
    return judge


def opener(name: str, command: Sequence[str]) -> Open:
    """Return how the wrapped server is started: as the client would, but without our own keys."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return starting(name, command, env)


def starting(
    name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path | None = None
) -> Open:
    """Return how a server is started as a process of ours."""

    async def start(heard: Heard) -> Link:
        return await StdioLink.start(name, command, heard, env, cwd)

    return start


def watched(folder: Path) -> Callable[[], Pins]:
    """Return the pins of a folder, read again when their file changes; broken, there are none."""
    return _Watched(folder).pins


class _Watched:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: object = None
        self._pins = Pins()

    def pins(self) -> Pins:
        """Return what is pinned now."""
        seen = self._stamp()
        if seen != self._seen:
            self._seen = seen
            try:
                self._pins = pins.read(self._folder)
            except pins.PinsError as error:
                log.error("the pins cannot be read, so all tools are hidden", cause=str(error))  # noqa: TRY400 - one line
                self._pins = Pins()
        return self._pins

    def _stamp(self) -> object:
        try:
            found = (self._folder / pins.FILE).stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino)

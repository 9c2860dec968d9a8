"""The core in this process on an embedded store; who comes second joins through its socket."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import structlog
import uvicorn

from app.auth import Caller
from app.data_folder import Taken, owned_folder
from app.edges.mcp.here import Here
from app.edges.mcp.joined import Joined
from app.edges.mcp.judge import Judge
from app.edges.mcp.there import Line, There
from app.main import create_app
from app.own_key import LOCAL_USER, own_key
from app.own_socket import answers, place, remove, socket_of
from app.serving.server import FIRST_SCOPES
from app.settings import Settings
from app.wiring import Gateway
from dsl.errors import DrawbarError

KEY: Final = "wrap.key"
JOIN_S: Final = 10.0
LOOK_S: Final = 0.1
log = structlog.get_logger("drawbar.mcp")


class _Server(uvicorn.Server):
    """Uvicorn beside other work: signals are not its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Local:
    """The one gateway of a data folder: held here, or by the wrap that was first."""

    def __init__(self, settings: Settings, *, speaks_for_user: bool = False) -> None:
        self._settings = settings
        self._speaks = speaks_for_user
        self._gateway: Gateway | None = None
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._path: Path | None = None

    async def open(self) -> Judge:
        """Return who decides; where that is another wrap, it may end and somebody else decide."""
        found = await self._open()
        return Joined(found, self._open) if isinstance(found, There) else found

    async def _open(self) -> Judge:
        """Hold the folder, or join who does: that one may have begun, or ended, a moment ago."""
        folder = owned_folder(self._settings.data)
        until = time.monotonic() + JOIN_S
        while True:
            gateway = Gateway(self._settings)
            try:
                await gateway.open()
            except Taken:
                if answers(socket_of(folder)) and (folder / KEY).exists():
                    return self._join(folder)
            else:
                return await self._hold(gateway, folder)
            if time.monotonic() > until:
                hint = "name that one with --url or --uds, or give this one another --data"
                raise DrawbarError(f"a gateway that is no wrap runs on `{folder}`; {hint}")
            await asyncio.sleep(LOOK_S)

    async def _hold(self, gateway: Gateway, folder: Path) -> Judge:
        self._gateway = gateway
        secret = await own_key(
            gateway.keys,
            folder / KEY,
            "wrap",
            FIRST_SCOPES,
            gateway.now(),
            subject=LOCAL_USER,
            trusts_not_run=True,
        )
        await gateway.heed_keys()
        await self._listen(gateway, folder)
        found = await gateway.keys.find(secret)
        assert found is not None  # noqa: S101 - it was made or found a moment ago
        return Here(gateway, Caller(found), speaks_for_user=self._speaks)

    def _join(self, folder: Path) -> Judge:
        key = (folder / KEY).read_text("utf-8").strip()
        log.info("joins the wrap that runs on this folder", folder=str(folder))
        return There(Line(f"unix:{socket_of(folder)}", key), speaks_for_user=self._speaks)

    async def _listen(self, gateway: Gateway, folder: Path) -> None:
        """Let others on this folder ask, as they could ask any gateway."""
        self._path = place(folder)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(str(self._path))
        self._path.chmod(0o600)
        listening.listen()
        listening.setblocking(False)  # noqa: FBT003 - the socket module's own name for it
        app = create_app(self._settings, gateway)
        grace = self._settings.shutdown_grace_s
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=grace,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))

    async def close(self) -> None:
        """Stop to listen, then let go of the store."""
        if self._gateway is not None:
            await self._gateway.approving.holds.close()  # who waits for people comes back later
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await asyncio.gather(self._serving, return_exceptions=True)
        if self._path is not None:
            remove(self._settings.data, self._path)
        if self._gateway is not None:
            await self._gateway.close()

"""Runs the gateway under uvicorn, and tells whoever started it what to do next."""

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from app.logs import configure_logs
from app.main import create_app
from app.serving.banner import banner
from app.serving.listening import listen
from app.settings import Settings
from app.sidecar.agent_key import agent_key
from app.sidecar.serving import beside_an_agent
from app.wiring import Gateway
from memory.keys import Scope

KEEP_ALIVE_S: Final = 20  # that an idle connection stays: longer than sidecars wait between looks
# What an agent's own seat needs; whose agent it is, is fixed in the key.
FIRST_SCOPES: Final = (Scope.CHECK, Scope.OBSERVE, Scope.OBSERVE_USER, Scope.ASSERT_SESSION)
Listens = Callable[[str], None]  # told once it does, with what to say to a person


class Server(uvicorn.Server):
    """Uvicorn, with a word to the person at the terminal once it listens."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway, listens: Listens) -> None:
        super().__init__(config)
        self._gateway = gateway
        self._listens = listens

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then say where and how."""
        await self._gateway.open()  # here, where a fault still becomes one plain sentence
        await super().startup(sockets)
        if self.should_exit or not sockets:
            return
        fresh = await self._key()
        self._listens(banner(self._gateway, sockets[0], fresh))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer those first who wait for people: they come back to another gateway, or later."""
        await self._gateway.approving.holds.close()
        await super().shutdown(sockets)

    async def _key(self) -> str | None:
        """Make the key that a sidecar's agent finds in a file, or the first one of a new store."""
        settings, keys = self._gateway.settings, self._gateway.keys
        if settings.sidecar is None:
            return await self._first_key()
        now = self._gateway.now()
        await agent_key(keys, settings.sidecar, settings.data, FIRST_SCOPES, now)
        await self._gateway.heed_keys()
        return None

    async def _first_key(self) -> str | None:
        """Create the first key of a new store."""
        keys = self._gateway.keys
        if await keys.all():
            return None
        made = await keys.create("first", FIRST_SCOPES, self._gateway.now(), subject="local")
        await self._gateway.heed_keys()
        return made


def run(settings: Settings) -> None:
    """Serve until told to stop."""
    configure_logs(settings)
    settings = beside_an_agent(settings)
    prepare()
    listening = listen(settings)
    try:
        if settings.workers > 1:
            from app.serving.workers import Workers  # noqa: PLC0415 - most have one process

            Workers(settings, listening).run()
        else:
            serve(settings, [listening], say)
    finally:
        listening.close()
        if settings.uds is not None:
            settings.uds.unlink(missing_ok=True)


def prepare() -> None:
    """Say how this process ends, and that what it writes is its owner's alone."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _stopped)
    os.umask(0o077)


def serve(settings: Settings, sockets: Sequence[socket.socket], listens: Listens) -> None:
    """Serve in this process until told to stop."""
    gateway = Gateway(settings)
    server = Server(configured(settings, gateway), gateway, listens)
    gc.freeze()  # what is there by now stays: no collection looks through it again
    gc.enable()
    server.run(sockets=[*sockets])


def say(words: str) -> None:
    """Tell a person at the terminal."""
    sys.stdout.write(words)
    sys.stdout.flush()


def configured(settings: Settings, gateway: Gateway) -> uvicorn.Config:
    """Return how a gateway is served."""
    return serving(settings, create_app(settings, gateway))


def serving(settings: Settings, app: ASGIApp) -> uvicorn.Config:
    """Return how an application is served: by uvloop and httptools, which uvicorn takes itself.

    Nobody is believed who is not a trusted proxy.
    """
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.limits.trusted_proxies),
        forwarded_allow_ips=list(settings.limits.trusted_proxies),
        timeout_graceful_shutdown=settings.shutdown_grace_s,
        timeout_keep_alive=KEEP_ALIVE_S,
    )


def _stopped(_signal: int, _frame: object) -> None:
    """End with 0: uvicorn sends a signal on to us once it has shut down in order."""
    raise SystemExit(0)

"""Runs the gateway under uvicorn, and tells whoever started it what to do next."""

import gc
import os
import shlex
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from app.binding.bindings import said
from app.logs import configure_logs
from app.main import create_app
from app.settings import Settings
from app.sidecar.agent_key import agent_key, key_place
from app.sidecar.serving import beside_an_agent
from app.wiring import Gateway
from dsl.errors import DrawbarError
from memory.keys import Scope

BACKLOG: Final = 2048
KEEP_ALIVE_S: Final = 20  # that an idle connection stays: longer than sidecars wait between looks
# What an agent's own seat needs; whose agent it is, is fixed in the key.
FIRST_SCOPES: Final = (Scope.CHECK, Scope.OBSERVE, Scope.OBSERVE_USER, Scope.ASSERT_SESSION)
CALL: Final = '{"call_id": "c1", "tool": "pay", "args": {"recipient": "Ada", "amount": 50}}'


class Server(uvicorn.Server):
    """Uvicorn, with a word to the person at the terminal once it listens."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self._gateway = gateway

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then say where and how."""
        await self._gateway.open()  # here, where a fault still becomes one plain sentence
        await super().startup(sockets)
        if self.should_exit or not sockets:
            return
        fresh = await self._key()
        sys.stdout.write(_banner(self._gateway, sockets[0], fresh))
        sys.stdout.flush()

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
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _stopped)
    os.umask(0o077)  # the store holds what only its owner may read
    listening = _listen(settings)
    gateway = Gateway(settings)
    try:
        server = Server(configured(settings, gateway), gateway)
        gc.freeze()  # what is there by now stays: no collection looks through it again
        gc.enable()
        server.run(sockets=[listening])
    finally:
        listening.close()
        if settings.uds is not None:
            settings.uds.unlink(missing_ok=True)


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


def _listen(settings: Settings) -> socket.socket:
    """Bind before anything else is opened, so that a port in use is the first thing said."""
    try:
        return _listen_unix(settings.uds) if settings.uds else _listen_tcp(settings)
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        if settings.uds:
            raise DrawbarError(f"cannot listen on `{settings.uds}`: {reason}") from error
        where = f"port {settings.port} of {settings.host}"
        hint = "choose another with --port" if "in use" in reason else "choose another --host"
        raise DrawbarError(f"cannot listen on {where}: {reason}; {hint}") from error


def _listen_tcp(settings: Settings) -> socket.socket:
    found = socket.getaddrinfo(
        settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    family, kind, protocol, _, address = found[0]
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return _bound(listening, address)


def _listen_unix(path: Path) -> socket.socket:
    if path.is_socket():
        _refuse_living(path)
        path.unlink()
    bound = _bound(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM), str(path))
    path.chmod(0o600)
    return bound


def _refuse_living(path: Path) -> None:
    """Take a dead socket's place, but never a living one's."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        if probe.connect_ex(str(path)) == 0:
            raise OSError(0, "address already in use")


def _bound(listening: socket.socket, address: object) -> socket.socket:
    try:
        listening.bind(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)  # noqa: FBT003 - the socket module's own name for it
    return listening


def _banner(gateway: Gateway, listening: socket.socket, fresh: str | None) -> str:
    """Say where the gateway listens and how to ask it."""
    settings = gateway.settings
    lines = ["", f"Drawbar listens on {_address(settings, listening)}"]
    place = "the store" if settings.policy_source == "store" else settings.policies
    place = place if gateway.bundles is None else gateway.bundles.place
    lines.append(f"Policies: {place}   Store: {gateway.database.shown}")
    for policy, until in gateway.reminding.observing().items():
        lines.append(f"Observing: {said(policy, until)}")
    if settings.sidecar is not None:
        path = shlex.quote(str(key_place(settings.sidecar, settings.data)))
        lines += ["", f"The agent's API key lies in {path}"]
        bearer = f"$(cat {path})"
    elif fresh is not None:
        lines += ["", f"Your API key, shown this once: {fresh}"]
        bearer = fresh
    else:
        data = shlex.quote(str(settings.data))
        lines += ["", "A new API key, if the first one is lost:"]
        command = "drawbar" if shutil.which("drawbar") else shlex.quote(sys.argv[0])
        lines += [f"  export DRAWBAR_KEY=$({command} keys create --scope check --data {data})"]
        bearer = "$DRAWBAR_KEY"
    lines += ["", "Ask for a decision:", "", _curl(settings, listening, bearer), "", ""]
    return "\n".join(lines)


def _address(settings: Settings, listening: socket.socket) -> str:
    if settings.uds is not None:
        return f"unix:{settings.uds}"
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - every address is also this one  # nosec B104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _curl(settings: Settings, listening: socket.socket, bearer: str) -> str:
    over = f"--unix-socket {shlex.quote(str(settings.uds))} " if settings.uds is not None else ""
    base = "http://localhost" if settings.uds is not None else _address(settings, listening)
    return (
        f"curl -s {over}{base}/v1/check \\\n"
        f'  -H "Authorization: Bearer {bearer}" -H "Content-Type: application/json" \\\n'
        f"  -d '{CALL}'"
    )

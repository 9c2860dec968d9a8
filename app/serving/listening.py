"""Binds what a gateway listens on."""

import socket
from pathlib import Path
from typing import Final

from app.settings import Settings
from dsl.errors import DrawbarError

BACKLOG: Final = 2048


def listen(settings: Settings) -> socket.socket:
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

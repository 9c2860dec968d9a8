"""The Unix socket in a data folder, through which others on this machine reach who holds it."""

import os
import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

SOCKET: Final = "wrap.sock"
LONGEST_PATH: Final = 90  # of a socket; systems take about 100 bytes


def place(folder: Path) -> Path:
    """Return where to listen; where the folder's path is too long, a link there leads on."""
    path = folder.absolute() / SOCKET
    path.unlink(missing_ok=True)
    if len(os.fsencode(path)) <= LONGEST_PATH:
        return path
    short = Path(tempfile.mkdtemp(prefix="drawbar-")) / SOCKET
    path.symlink_to(short)
    return short


def socket_of(folder: Path) -> Path:
    """Return the socket of whoever holds a folder."""
    path = folder.absolute() / SOCKET
    return path.readlink() if path.is_symlink() else path


def answers(path: Path) -> bool:
    """Tell whether somebody listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0


def remove(folder: Path, path: Path) -> None:
    """Leave no socket behind, nor what led to it."""
    link = folder.absolute() / SOCKET
    path.unlink(missing_ok=True)
    if link != path:
        link.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()

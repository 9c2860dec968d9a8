"""The data folder of a gateway: its owner's alone, held by one at a time, with the digest key."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from dsl.errors import DrawbarError

DIGEST_KEY: Final = "digest.key"
LOCK: Final = "gateway.lock"
KEY_BYTES: Final = 32


class Taken(DrawbarError):
    """A data folder that another gateway holds."""


def owned_folder(folder: Path) -> Path:
    """Make the data folder, readable by its owner alone, or say why that fails."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DrawbarError(f"the data folder `{folder}` cannot be written: {reason}") from error
    return folder


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a data folder: two gateways on one embedded store would not see each other's calls."""
    with (folder / LOCK).open("wb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            hint = "give each its own, or all of them one PostgreSQL"
            raise Taken(f"another gateway runs on `{folder}`; {hint}") from error
        yield


def digest_key(folder: Path, *, create: bool = True) -> bytes:
    """Return the key that argument digests are made with; made once, kept beside the store."""
    path = folder / DIGEST_KEY
    try:
        if create and not path.exists():
            _write_new(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DrawbarError(f"the digest key `{path}` cannot be used: {reason}") from error
    if len(key) != KEY_BYTES:
        raise DrawbarError(f"the digest key `{path}` is not {KEY_BYTES} bytes long")
    return key


def _write_new(path: Path, content: bytes) -> None:
    """Write a file whole, for its owner alone; who comes second keeps the first one's."""
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()

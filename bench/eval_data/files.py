"""Digests and atomic writes: what stands on disk is right or absent, never half."""

import contextlib
import gzip
import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from bench.eval_data.manifest import DataFile


class State(Enum):
    """How a file on disk stands to its manifest row."""

    RIGHT = "right"
    MISSING = "missing"
    WRONG = "wrong"


class FolderError(Exception):
    """The output folder cannot be used."""


def sha256(data: bytes) -> str:
    """Return the digest as lower case hex."""
    return hashlib.sha256(data).hexdigest()


def mismatch(entry: DataFile, data: bytes) -> str | None:
    """Return the one sentence that refuses these bytes, or None where they are right.

    A packed file also counts as right when what it holds is right: compressors differ
    from version to version, the content does not.
    """
    found = sha256(data)
    if found == entry.sha256:
        return None
    if entry.content_sha256 is not None and _unpacked_sha256(data) == entry.content_sha256:
        return None
    return f"{entry.path}: wrong checksum, expected sha256 {entry.sha256}, found {found}"


def _unpacked_sha256(data: bytes) -> str | None:
    try:
        return sha256(gzip.decompress(data))
    except (OSError, EOFError, zlib.error):
        return None


def state_of(folder: Path, entry: DataFile) -> tuple[State, str]:
    """Compare one file on disk with its row; the words say what is not right."""
    try:
        data = (folder / entry.path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return State.MISSING, f"{entry.path}: missing"
    except OSError as error:
        return State.WRONG, f"{entry.path}: cannot be read: {error.strerror or error}"
    words = mismatch(entry, data)
    return (State.RIGHT, "") if words is None else (State.WRONG, words)


def prepare_folder(folder: Path) -> None:
    """Create the folder and prove that a file can be written into it."""
    with _folder_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


def write_atomically(folder: Path, relative: str, data: bytes) -> None:
    """Write beside the target, flush to disk, then rename over it."""
    target = folder / relative
    with _folder_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def _folder_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FolderError(f"cannot write to {folder}: {error.strerror or error}") from error

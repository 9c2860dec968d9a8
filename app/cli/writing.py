"""Writes files: a policy anew, or what nobody but its owner may read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from dsl.errors import DrawbarError


def rewrite(path: Path, text: str) -> None:
    """Write beside the file, then swap: a crash leaves one of the two whole, a link stays one."""
    path = path.resolve()
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_text(text, "utf-8", newline="")
        draft.chmod(path.stat().st_mode)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):  # what went wrong is told, not what could not be cleared away
            draft.unlink()
        reason = (error.strerror or str(error)).lower()
        raise DrawbarError(f"`{path}` cannot be written: {reason}") from error


@contextmanager
def new_file(path: Path) -> Iterator[TextIO]:
    """Write a file that was not there, for its owner alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DrawbarError(f"`{path}` cannot be written: {reason}") from error
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        yield file

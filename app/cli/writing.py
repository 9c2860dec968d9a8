"""Writes a policy file anew."""

from contextlib import suppress
from pathlib import Path

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

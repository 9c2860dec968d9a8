"""Paths of files, as POSIX has them, told by their text alone: no file system is asked.

Not readable: `..`, control characters, back slashes, percent escapes (`%2e`, which one program
decodes and another does not), and characters that become one of these or a `/` when folded.
"""

import re
from typing import Final

from dsl.canonical import text

MAX_CHARACTERS: Final = 32 * 1024
_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\\]")
_ESCAPE = re.compile("%(?:[0-9A-Fa-f]{2}|[uU])")
_UP = re.compile(r"(?:^|/)\.\.(?:/|$)")


def canonical(value: object) -> str | None:
    """Write a path without empty and `.` segments and without a slash at its end."""
    if not isinstance(value, str) or not value or not _is_plain(value):
        return None
    segments = [segment for segment in value.split("/") if segment not in ("", ".")]
    return ("/" if value.startswith("/") else "") + "/".join(segments) or "."


def _is_plain(path: str) -> bool:
    """Tell whether the path means one thing to every program, also to one that folds it."""
    if len(path) > MAX_CHARACTERS or _is_refused(path):
        return False
    if path.isascii():  # it folds to itself
        return True
    folded = text.compatible(text.HIDDEN.sub("", path))
    if folded is None or (folded != path and _is_refused(folded)):
        return False
    return folded.count("/") == path.count("/")


def _is_refused(path: str) -> bool:
    """Look for what is rare only where a plain search finds a sign of it."""
    return bool(
        _REFUSED.search(path)
        or ("%" in path and _ESCAPE.search(path))
        or (".." in path and _UP.search(path))
    )

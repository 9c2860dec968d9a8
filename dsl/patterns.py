"""RE2, the only pattern engine: linear time on every input, the same one to check and to match."""

from functools import lru_cache
from typing import Any, Final

import re2

EITHER_CASE: Final = "(?i)"
MAX_GLOB: Final = 1000  # RE2 takes any glob of this length
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 8 << 20


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> Any:
    """Compile a pattern once."""
    return re2.compile(pattern, options=_OPTIONS)


def fault(pattern: str) -> str | None:
    """Say what is wrong with a pattern, or None."""
    try:
        compiled(pattern)
    except re2.error as error:
        reason = error.args[0]
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return None


def whole(pattern: str, value: str) -> bool:
    """Tell whether the pattern covers the whole value."""
    readable = value.encode("utf-8", "replace").decode("utf-8")  # RE2 has no half surrogates
    return compiled(pattern).fullmatch(readable) is not None


def glob_fault(glob: str) -> str | None:
    """Say what is wrong with a glob, or None."""
    return f"it is longer than {MAX_GLOB} characters" if len(glob) > MAX_GLOB else None


@lru_cache(maxsize=4096)
def from_glob(glob: str) -> str:
    """Write a glob as a pattern: `*` is anything, also nothing, every other character itself."""
    return "(?s)" + ".*".join(re2.escape(part) for part in glob.split("*"))

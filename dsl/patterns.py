"""RE2, the only pattern engine: linear time on every input, the same one to check and to match."""

from functools import lru_cache
from typing import Any

import re2

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
    return compiled(pattern).fullmatch(value) is not None


@lru_cache(maxsize=4096)
def from_glob(glob: str) -> str:
    """Write a glob as a pattern: `*` is anything, also nothing, every other character itself."""
    return "(?s)" + ".*".join(re2.escape(part) for part in glob.split("*"))

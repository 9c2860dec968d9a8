"""E-mail addresses: one plain `local@domain`, nothing around it.

Display names, lists, quotes, comments, IP literals and characters that a mail server may take for
a route (`%`, `!`) or a command (`|`) are not readable.
"""

import re
from typing import Final

from dsl.canonical import host, text

_MAX_CHARACTERS: Final = 320
_MAX_LOCAL: Final = 64
_LOCAL = re.compile(r"[\w+'=-]+(?:\.[\w+'=-]+)*")


def canonical(value: object) -> str | None:
    """Write the address with its domain as the wire carries it, and the local part folded."""
    parts = read(value) if isinstance(value, str) else None
    return f"{parts[0]}@{parts[1]}" if parts else None


def read(address: str) -> tuple[str, str] | None:
    """Return local part and domain, both canonical."""
    written, at, after = address.partition("@")
    if not at or len(address) > _MAX_CHARACTERS or len(written) > _MAX_LOCAL:
        return None
    local = None if text.hides(written) else text.fold(written)
    domain = _domain(after)
    if local is None or domain is None or not _LOCAL.fullmatch(local):
        return None
    return local, domain


def _domain(written: str) -> str | None:
    """Read a host name; an address in numbers is none, and neither is one with a dot behind."""
    if written.endswith(".") or written.rpartition(".")[2].isdecimal():
        return None
    return host.name(written)

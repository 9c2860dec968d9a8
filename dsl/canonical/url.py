"""URLs with a host, read only if every program would find the same host in them.

Not readable: other than `scheme://host…`, a user before the host, back slashes, white space and
hidden characters, a host in an odd notation, a port that is none, `file:` and `javascript:` URLs.
"""

import re
from itertools import product
from typing import Final, NamedTuple

from dsl.canonical import host
from dsl.canonical.text import hides

# A host in these is left unread by one program or another.
_HOSTLESS: Final = frozenset(
    ("about", "blob", "data", "file", "javascript", "mailto", "vbscript", "view-source")
)
_PORTS: Final = {"ftp": 21, "http": 80, "https": 443, "ssh": 22, "ws": 80, "wss": 443}
_MAX_PORT: Final = 65535
_MAX_AUTHORITY: Final = 300

_REFUSED = re.compile(r"[\s\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]+)://(?P<authority>[^/?#]*)"
    r"(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?"
)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]:@%]+)(?::(?P<port>[1-9][0-9]{0,4}))?")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_STAYS: Final = _UNRESERVED.union("%/?:@!$&'()*+,;=[]|")
_PLAIN: Final = re.compile(f"[{re.escape(''.join(sorted(_STAYS)))}]*")
_HEX: Final = "0123456789ABCDEFabcdef"
# What two digits after a percent sign stand for, and how a byte is written.
_UNESCAPED: Final = {
    pair: character if (character := chr(int(pair, 16))) in _UNRESERVED else f"%{pair.upper()}"
    for pair in map("".join, product(_HEX, repeat=2))
}
_ESCAPED: Final = [chr(one) if chr(one) in _STAYS else f"%{one:02X}" for one in range(256)]


class Url(NamedTuple):
    """A URL in its parts; scheme and host are canonical, the rest is as it was written."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str


def canonical(value: object) -> str | None:
    """Write scheme, host, port if not the usual one, path and query; the fragment is dropped."""
    url = read(value) if isinstance(value, str) else None
    path = _normal(url.path or "/") if url else None
    query = _normal(url.query) if url else None
    if url is None or path is None or query is None or _climbs(path):
        return None
    shown = f"[{url.host}]" if ":" in url.host else url.host
    port = "" if url.port in (None, _PORTS.get(url.scheme)) else f":{url.port}"
    return f"{url.scheme}://{shown}{port}{path}{query}"


def read(text: str) -> Url | None:
    """Take a URL apart; None if two programs could take it apart in two ways."""
    match = None if is_treacherous(text) else _URL.fullmatch(text)
    if match is None or match["scheme"].lower() in _HOSTLESS or _ends_unclearly(match):
        return None
    authority = match["authority"]
    parts = _AUTHORITY.fullmatch(authority) if len(authority) <= _MAX_AUTHORITY else None
    found = host.canonical(parts["host"]) if parts else None
    if parts is None or found is None or int(parts["port"] or 1) > _MAX_PORT:
        return None
    port = int(parts["port"]) if parts["port"] else None
    return Url(match["scheme"].lower(), found, port, match["path"], match["query"] or "")


def is_treacherous(text: str) -> bool:
    """Tell whether characters stand in it that programs drop, turn or trip over."""
    return _REFUSED.search(text) is not None or hides(text)


def _ends_unclearly(match: re.Match[str]) -> bool:
    """Tell whether a program that looks for the last `@` would find another host behind it."""
    rest = (match["query"] or "") + (match["fragment"] or "")
    return not match["path"] and "@" in rest


def _normal(part: str) -> str | None:
    """Write a path or query with the fewest percent escapes that mean the same."""
    if _PLAIN.fullmatch(part) and "%" not in part:
        return part
    first, *rest = part.split("%")
    try:
        plain = first + "".join([_UNESCAPED[one[:2]] + one[2:] for one in rest])
    except KeyError:
        return None
    return plain if _PLAIN.fullmatch(plain) else "".join([_ESCAPED[one] for one in plain.encode()])


def _climbs(path: str) -> bool:
    """Tell whether a segment is `.` or `..`, which some programs resolve and others send."""
    return any(segment.partition(";")[0] in (".", "..") for segment in path.split("/"))

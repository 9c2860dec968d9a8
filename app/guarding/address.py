"""Where a served guard may stand, so that nobody on the way reads or changes what is said."""

from typing import Final
from urllib.parse import urlsplit

_LOCAL: Final = ("127.0.0.1", "::1", "localhost")


def refused(
    url: str,
    *,
    plain_http: bool,
    unless: str = "`plain_http = true` must be set",
    secrets: str = "`headers`",
) -> str | None:
    """Return why nothing is sent to an address; None where it may be. Its words hold no secret."""
    try:
        where = urlsplit(url)
    except ValueError:
        return "`url` is no address"
    if where.scheme not in ("http", "https") or not where.hostname:
        return "`url` must begin with `http://` or `https://` and name a machine"
    if where.username or where.password or where.query or where.fragment:
        return f"`url` is an address alone: a secret belongs into {secrets}"
    if where.scheme == "http" and where.hostname not in _LOCAL and not plain_http:
        return f"`url` must begin with `https://`, or {unless}"
    return None

"""Which pages of a browser may speak with us, and under which names we are spoken to.

A page of any site can make a browser send requests to a gateway on its user's machine, and by DNS
rebinding even read the answers. A browser says where a page comes from (`Origin`) and whom it
believes to speak to (`Host`). The official SDK compares both with lists as well
(`mcp.server.transport_security`), but takes the first of two headers and has wildcards for ports;
here there is one header or none, and names are compared whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")
_PORTS: Final = {"http": 80, "https": 443}
RawHeaders = Iterable[tuple[bytes, bytes]]


class Refused(Exception):
    """A request from where none may come; `status` is its answer's."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True)
class Places:
    """The origins and hosts that may be named.

    `origins` are whole, as `https://app.example.com`. A request without `Origin` is of no page.
    `hosts` may be named with any port, since what a gateway listens on is often mapped to another;
    with a port they may be named with that one alone.
    """

    origins: frozenset[str]
    hosts: frozenset[str]

    @classmethod
    def of(cls, origins: Sequence[str], hosts: Sequence[str], public_url: str | None) -> "Places":
        """Return the places that the settings name, with this machine and where people reach us."""
        ours = (urlsplit(public_url).netloc,) if public_url else ()
        named = (*_LOCAL, *hosts, *ours)
        return cls(
            frozenset(_origin(one) for one in origins),
            frozenset(one.lower() for one in named if one),
        )

    def check(self, headers: RawHeaders) -> None:
        """Refuse a `Host` that is none of ours, and an `Origin` that may not speak with us."""
        raw = [(name.lower(), value) for name, value in headers]
        hosts = [value for name, value in raw if name == b"host"]
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            raise Refused(421, "this gateway is not known by that name; see `mcp.hosts`")
        origins = [value for name, value in raw if name == b"origin"]
        if len(origins) > 1 or (origins and not self._may_speak(origins[0])):
            raise Refused(403, "pages of that origin may not speak with this gateway")

    def _is_ours(self, raw: bytes) -> bool:
        host = raw.decode("latin-1").lower()
        name, _, port = host.rpartition(":") if _has_port(host) else (host, "", "")
        readable = not port or (port.isascii() and port.isdigit())
        return readable and (host in self.hosts or name in self.hosts)

    def _may_speak(self, raw: bytes) -> bool:
        """Tell whether an origin is listed; `null` is the origin of whoever hides theirs."""
        text = raw.decode("latin-1")
        return text != "null" and text in self.origins


def _has_port(host: str) -> bool:
    return ":" in host.rpartition("]")[2]


def _origin(text: str) -> str:
    """Return an origin as browsers write it, or say that it is none."""
    parts = urlsplit(text)
    plain = not (parts.path or parts.query or parts.fragment or parts.username)
    if parts.scheme not in _PORTS or not parts.hostname or not plain or "*" in text:
        raise ValueError(f"`{text}` is no origin such as `https://app.example.com`")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{name}{port}"

"""Where the gateway listens, and with what key it is asked."""

import os
import re
import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

DEFAULT_URL: Final = "http://127.0.0.1:8484"
VISIBLE_ASCII: Final = re.compile(r"[\x21-\x7e]+")
_FORMS: Final = "http://host:port, https://host:port or unix:/path/to.sock"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the gateway listens: a host and a port, or a socket's path."""

    host: str = "localhost"
    port: int = 80
    tls: ssl.SSLContext | None = None
    uds: str | None = None

    @property
    def authority(self) -> str:
        """Return what a request names as its host."""
        if self.uds is not None:
            return "localhost"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def address_of(url: str) -> Address:
    """Read a gateway's address; anything but host and port in it is refused, not ignored."""
    if url.startswith("unix:/"):
        return Address(uds=url.removeprefix("unix:"))
    parts = urlsplit(url)
    host = parts.hostname or ""
    extra = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in {"http", "https"} or not VISIBLE_ASCII.fullmatch(host) or extra:
        message = f"the address of the gateway must look like {_FORMS}"
        raise ValueError(message)
    if parts.scheme == "http":
        return Address(host, parts.port or 80)
    return Address(host, parts.port or 443, ssl.create_default_context())


def chosen(url: str | None, uds: str | None) -> Address:
    """Return the address that was given, or that of the environment, or the usual one."""
    if uds is None:
        return address_of(os.environ.get("DRAWBAR_URL") or DEFAULT_URL if url is None else url)
    if url is not None or not uds:
        message = "give an address or the path of a Unix socket"
        raise ValueError(message)
    return Address(uds=uds)


def usable(key: str | None) -> str:
    """Return the key, which must fit into a header; a message never shows it."""
    key = os.environ.get("DRAWBAR_KEY") if key is None else key
    if not key:
        message = "no key: give one, or set DRAWBAR_KEY"
        raise ValueError(message)
    if not VISIBLE_ASCII.fullmatch(key):
        message = "the key holds a character that is not visible ASCII"
        raise ValueError(message)
    return key

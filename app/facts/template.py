"""The address of a source, with places for arguments: in its path and query, never in its host.

A value is percent-encoded, and one that could leave its place is not asked for at all: whoever
chooses the arguments of a call chooses what is asked, and never where.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from app.facts.source import NoFact, Outcome
from dsl import strictjson

LONGEST: Final = 8_000
_PLACE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PART: Final = re.compile(r"\{([^{}]*)\}|([^{}]+)|([{}])")
_WRITTEN: Final = re.compile(r"[!-~]+")  # no spaces, no control characters, ASCII alone
_LEADS_AWAY: Final = re.compile(r"[/\\\x00-\x1f\x7f]")
_DOTS: Final = ("", ".", "..")


@dataclass(frozen=True, slots=True)
class Template:
    """An address that was read: the host with its scheme, then the parts of what follows."""

    origin: str
    segments: tuple[str, ...]
    queries: tuple[str, ...]

    @property
    def takes(self) -> frozenset[str]:
        """Name the arguments that the address has places for."""
        parts = (*self.segments, *self.queries)
        return frozenset(name for part in parts for name in _PLACE.findall(part))

    @property
    def secure(self) -> bool:
        """Tell whether what is asked stays between the two of us."""
        return self.origin.startswith("https://")

    @property
    def local(self) -> bool:
        """Tell whether the host is this machine."""
        host = urlsplit(self.origin).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def fill(self, args: Mapping[str, Any]) -> str:
        """Return the address for some arguments, or raise `NoFact` where a value does not fit."""
        if args.keys() != self.takes:
            raise NoFact(Outcome.ARGUMENTS)
        path = "/".join(_segment(part, args) for part in self.segments)
        query = "&".join(_filled(part, args) for part in self.queries)
        address = f"{self.origin}{path}{'?' if query else ''}{query}"
        if len(address) > LONGEST:
            raise NoFact(Outcome.ARGUMENTS)
        return address


def parse(address: str) -> Template:
    """Read an address, or raise `ValueError` with what is wrong with it."""
    if not _WRITTEN.fullmatch(address):
        raise ValueError("an address holds no spaces and only ASCII characters")
    scheme, _, rest = address.partition("://")
    if scheme not in ("http", "https"):
        raise ValueError("it must begin with `https://`")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    _check_host(f"{scheme}://{host}", host)
    path, _, query = rest[len(host) :].partition("?")
    if "#" in rest:
        raise ValueError("it holds a `#`")
    queries = tuple(query.split("&")) if query else ()
    for part in (path, *queries):
        _check_places(part)
    if any("{" in part.partition("=")[0] for part in queries):
        raise ValueError("in the query a value stands behind a `=` only")
    return Template(f"{scheme}://{host}", tuple(path.split("/")), queries)


def _check_host(origin: str, host: str) -> None:
    if "{" in host or "}" in host:
        raise ValueError("a value can stand in the path and the query, never in the host")
    if "@" in host:
        raise ValueError("no name or password has a place in an address: use `headers`")
    try:
        found = urlsplit(origin)
        port = found.port
    except ValueError as error:
        raise ValueError("its host or port cannot be read") from error
    if not found.hostname or port == 0 or not re.fullmatch(r"[A-Za-z0-9.\-:\[\]]+", host):
        raise ValueError("its host or port cannot be read")


def _check_places(part: str) -> None:
    for match in _PART.finditer(part):
        if match[3] or (match[1] is not None and not _PLACE.fullmatch(match[0])):
            raise ValueError(f"`{match[0]}` is no place for an argument, such as `{{id}}`")


def _segment(part: str, args: Mapping[str, Any]) -> str:
    """Fill one step of the path: no value may end it, or stand for another step."""
    names = _PLACE.findall(part)
    if any(_LEADS_AWAY.search(_text(args[name])) for name in names):
        raise NoFact(Outcome.ARGUMENTS)
    filled = _filled(part, args)
    if names and unquote(filled) in _DOTS:
        raise NoFact(Outcome.ARGUMENTS)
    return filled


def _filled(part: str, args: Mapping[str, Any]) -> str:
    try:
        return _PLACE.sub(lambda match: quote(_text(args[match[1]]), safe=""), part)
    except UnicodeEncodeError as error:  # half of a character
        raise NoFact(Outcome.ARGUMENTS) from error


def _text(value: Any) -> str:
    """Write one value as text; a list or an object has no place in an address."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | Decimal):
        return strictjson.canonical(value)
    raise NoFact(Outcome.ARGUMENTS)

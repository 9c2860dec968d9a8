"""Hosts: names as the wire carries them, and addresses in the one notation nobody misreads.

A name that one program maps to something else (full-width dots, `ß`, hidden characters), and a
number that only some take for an address (`0x7f.1`, `2130706433`, `017700000001`), is not readable.
"""

import ipaddress
import re
import unicodedata
from functools import lru_cache
from typing import Final

_MAX_NAME: Final = 253
_MAX_LABEL: Final = 63
_MAX_WIDE: Final = 20  # labels that are encoded, which takes long
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_NUMERIC = re.compile(r"0x[0-9a-f]*")
_JOINERS: Final = ("\u200c", "\u200d")


def canonical(value: object) -> str | None:
    """Write a host in lower-case ASCII, without trailing dot; an address in its shortest form."""
    if not isinstance(value, str) or len(value) > _MAX_NAME + 1:
        return None
    if ":" in value:
        bracketed = value.startswith("[") and value.endswith("]")
        return _address(value[1:-1] if bracketed else value)
    return name(value)


def name(text: str) -> str | None:
    """Write a host name, or an IPv4 address, that stands without brackets."""
    return _name(text) if len(text) <= _MAX_NAME + 1 else None


@lru_cache(maxsize=256)  # one address in a text is read as a link, as a host, and by its parts
def _name(text: str) -> str | None:
    spelled = text.lower() if text.isascii() else _mapped(text)
    if spelled is None:
        return None
    last = spelled.removesuffix(".").rpartition(".")[2]
    if last.isdecimal() or _NUMERIC.fullmatch(last):
        return _address(spelled)
    labels = spelled.removesuffix(".").split(".")
    if sum(map(_is_wide, labels)) > _MAX_WIDE:
        return None
    wire = [_label(label) for label in labels]
    written = ".".join(label for label in wire if label)
    return written if all(wire) and len(written) <= _MAX_NAME else None


def _address(text: str) -> str | None:
    """Read an IP address; an IPv4 address in IPv6 clothes is the IPv4 address."""
    try:
        address = None if "%" in text else ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return str(address) if address else None


def _mapped(text: str) -> str | None:
    """Lower the case, if that is all that UTS 46, older IDNA and NFKC would do."""
    import idna  # noqa: PLC0415 - heavy, and needed beyond ASCII only

    lower = text.lower()
    unchanged = unicodedata.is_normalized("NFKC", text) and lower == text.casefold()
    if not unchanged or len(lower) != len(text) or any(joiner in text for joiner in _JOINERS):
        return None
    try:
        return lower if idna.uts46_remap(lower) == lower else None
    except UnicodeError:
        return None


def _is_wide(label: str) -> bool:
    return label.startswith("xn--") or not label.isascii()


def _label(label: str) -> str | None:
    """Write one part of a name for the wire."""
    if not _is_wide(label):
        return label if _LABEL.fullmatch(label) and len(label) <= _MAX_LABEL else None
    import idna  # noqa: PLC0415 - as above

    try:
        wire = idna.alabel(idna.ulabel(label)).decode()
    except UnicodeError:
        return None
    return wire if label in (wire, idna.ulabel(wire)) else None

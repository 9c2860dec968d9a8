"""The scheme of a URL in lower case: what stands before the first colon.

Example: scheme("HTTPS://shop.example/") == "https"
Unknown: when `host` would be (but for `file:///…`); and for a URL without `//`, when it holds white
space, control characters or a back slash, is one of a web page or file (`http:x`), or could be a
host with its port (`localhost:80`) or a drive (`c:x`).
"""

import re
from typing import Final

from dsl.canonical import url as urls
from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Type

FUNCTION = Function(
    "scheme",
    takes=(Type.TEXT,),
    gives=Type.TEXT,
    since="0.1",
    sample=("https://xn--bcher-kva.example/",),
)

# Programs find a host in these without the `//`, too.
_NEED_A_HOST: Final = frozenset(("file", "ftp", "http", "https", "ws", "wss"))
_DIALLED: Final = frozenset(("sms", "tel"))
_OPAQUE = re.compile("([A-Za-z][A-Za-z0-9+-]+):([^/].*)")
_PORT = re.compile("[0-9]{1,5}(?:[/?#].*)?")
_LOCAL_FILE = re.compile("file:///(?!/).*", re.IGNORECASE | re.ASCII)


def apply(url: str) -> str | Cause:
    """Read a URL with a host, a local file, or the plain form `scheme:rest`."""
    if found := urls.read(url):
        return found.scheme
    if urls.is_treacherous(url):
        return Cause.UNREADABLE
    return "file" if _LOCAL_FILE.fullmatch(url) else _opaque(url)


def _opaque(url: str) -> str | Cause:
    match = _OPAQUE.fullmatch(url)
    if match is None:
        return Cause.UNREADABLE
    scheme, rest = match[1].lower(), match[2]
    could_be_a_host = scheme not in _DIALLED and _PORT.fullmatch(rest)
    return Cause.UNREADABLE if scheme in _NEED_A_HOST or could_be_a_host else scheme

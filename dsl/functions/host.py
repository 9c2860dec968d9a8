"""The host a URL leads to, in lower-case ASCII; an IP address in its shortest form.

Example: host("https://Shop.Example:8443/cart") == "shop.example"
Unknown: when two programs could find two hosts, or none: a user before the host, a back slash,
white space, hidden or control characters, percent escapes, an address in odd notation, letters
that programs map to others, a port that is none, no `//`; for `file:` and `javascript:` URLs.
"""

from dsl.canonical import url as urls
from dsl.functions.function import Function
from dsl.model import Cause
from dsl.types import Type

FUNCTION = Function(
    "host",
    takes=(Type.TEXT,),
    gives=Type.TEXT,
    since="0.1",
    sample=("https://xn--bcher-kva.example/",),
)


def apply(url: str) -> str | Cause:
    """Read the URL as `canonical.url` does."""
    found = urls.read(url)
    return found.host if found else Cause.UNREADABLE

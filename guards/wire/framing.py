"""Headers that say where a request ends, or what becomes of its connection."""

from typing import Final

# The link writes them itself: a second word on where a request ends is how requests are smuggled.
FRAMING: Final = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)

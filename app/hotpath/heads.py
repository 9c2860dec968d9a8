"""The headers of a check, read once; a request that has any of them twice is not read here."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from app.edges.base import readable_deadline

_WANTED: Final = frozenset(
    (
        b"authorization",
        b"content-type",
        b"content-encoding",
        b"drawbar-deadline-ms",
        b"drawbar-decision",
        b"traceparent",
    )
)


class Heads(Struct, frozen=True):
    """What a check says beside its body."""

    secret: str
    deadline_ms: int | None  # None: as the settings say
    seat_token: str | None
    traceparent: str | None


def heads(given: Iterable[tuple[bytes, bytes]]) -> Heads | None:
    """Return what the headers say, or None where anything about them is not as usual."""
    found: dict[bytes, bytes] = {}
    for name, value in given:
        if name in _WANTED:
            if name in found:
                return None
            found[name] = value
    secret = _secret(found.get(b"authorization", b""))
    if secret is None or b"content-encoding" in found:
        return None
    if found.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
        return None
    asked = _text(found.get(b"drawbar-deadline-ms"))
    deadline_ms = None if asked is None else readable_deadline(asked)
    if asked is not None and deadline_ms is None:
        return None
    others = _text(found.get(b"drawbar-decision")), _text(found.get(b"traceparent"))
    return Heads(secret, deadline_ms, *others)


def _secret(value: bytes) -> str | None:
    scheme, _, secret = value.partition(b" ")
    if scheme.lower() != b"bearer" or not secret:
        return None
    return secret.decode("latin-1").strip()


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")

"""What one seat hands to the next on a call's way: which call was decided, and the token for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

DECISION_META: Final = "drawbar/decision"
SESSION_META: Final = "drawbar/session"


@dataclass(frozen=True, slots=True)
class Handed:
    """A call that was allowed and is running now."""

    session: str
    seat_token: str | None = field(repr=False)

    def meta(self) -> dict[str, str]:
        """Return what goes into `_meta` of a request to an MCP server."""
        named = {SESSION_META: self.session}
        return named if self.seat_token is None else {**named, DECISION_META: self.seat_token}


_HANDED: Final[ContextVar[Handed | None]] = ContextVar("drawbar_handed", default=None)


def handed() -> Handed | None:
    """Return the call that the running code is the tool of, if a seat let one through."""
    return _HANDED.get()


@contextmanager
def handing(session: str, seat_token: str | None) -> Iterator[None]:
    """Hand a call on to whatever runs within."""
    before = _HANDED.set(Handed(session, seat_token))
    try:
        yield
    finally:
        _HANDED.reset(before)

"""The client at the other end, as far as one request is concerned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from app.edges.mcp.judge import Judge
from app.edges.mcp.links.opening import MODERN
from app.edges.mcp.turns import Ticket, Turns

SESSION: Final = "drawbar/session"
DECISION: Final = "drawbar/decision"


class Back(Protocol):
    """The way back to a client while its request runs."""

    async def notify(self, method: str, params: Mapping[str, Any]) -> None:
        """Send a notification, where there is a way for it; else it is dropped."""
        ...

    async def ask(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Ask the client (before 2026-07-28); None where there is no way, or no answer."""
        ...


class NoWay:
    """A client that hears of nothing but the answer."""

    async def notify(self, method: str, params: Mapping[str, Any]) -> None:
        """Drop it."""

    async def ask(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Ask nobody."""
        del method, params
        return None


@dataclass(frozen=True, slots=True)
class Peer:
    """Who asks, in which revision, what they can be asked back, and by whom it is judged."""

    judge: Judge
    revision: str
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    back: Back = field(default_factory=NoWay)
    session: str | None = None  # that the seat was told of beforehand
    turns: Turns = field(default_factory=Turns)
    ticket: Ticket | None = None  # of the call that this request makes

    @property
    def modern(self) -> bool:
        """Tell whether answers are those of 2026-07-28."""
        return self.revision == MODERN


def meta(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what stands beside the parameters."""
    found = params.get("_meta")
    return found if isinstance(found, Mapping) else {}

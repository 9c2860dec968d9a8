"""What is done where a call needs a person: the one place that knows how people are asked.

`decide` returns a ruling, or a whole answer in its place: a client of 2026-07-28 that is asked back
gets `input_required`, and comes back with the same call. Whoever asks people in another way
implements `Asking`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from app.edges.mcp.judge import Asked, Ruling
from app.edges.mcp.peer import Peer
from dsl.model import Effect

APPROVED: Final = "approved"


@dataclass(frozen=True, slots=True)
class Instead:
    """An answer in place of a ruling; nothing was run."""

    result: Mapping[str, Any]


class Asking(Protocol):
    """Decides a call together with whoever must be asked about it."""

    async def decide(self, peer: Peer, asked: Asked, params: Mapping[str, Any]) -> Ruling | Instead:
        """Return what becomes of a call; `params` are those of the request, as they came."""
        ...


@dataclass(frozen=True, slots=True)
class Holding:
    """Holds a call for a while; then it is pending, and the same call attaches to it later."""

    wait_s: int = 0

    async def decide(self, peer: Peer, asked: Asked, params: Mapping[str, Any]) -> Ruling | Instead:
        """Ask for the decision; where people are asked, wait for them outside the row."""
        del params
        ruling = await settled(peer, asked)
        if ruling.effect is not Effect.ASK or not self.wait_s:
            return ruling
        return await peer.judge.check(replace(asked, wait_s=self.wait_s))


async def settled(peer: Peer, asked: Asked) -> Ruling:
    """Return the ruling once it is this call's turn, and let the next one come up.

    An approval that people gave to this very call is used up by it.
    """
    if peer.ticket is None:
        return await _used(peer, asked)
    await peer.ticket.come_up()
    try:
        return await _used(peer, asked)
    finally:
        peer.ticket.done()


async def _used(peer: Peer, asked: Asked) -> Ruling:
    ruling = await peer.judge.check(asked)
    waiting = ruling.approval
    if ruling.effect is not Effect.ASK or waiting is None or waiting.status != APPROVED:
        return ruling
    if asked.approval == waiting.id:
        return ruling
    return await peer.judge.check(replace(asked, approval=waiting.id))

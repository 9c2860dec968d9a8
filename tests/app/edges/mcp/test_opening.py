"""The first words with servers that are slow, old, or neither."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import pytest

from app.edges.mcp.links.link import Lost
from app.edges.mcp.links.opening import LEGACY, MODERN, Greeted, greet
from app.edges.mcp.messages import Refused

MODERN_SAYS: Final = {
    "supportedVersions": [MODERN],
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "slow", "version": "1"},
    "resultType": "complete",
    "cacheScope": "private",
    "ttlMs": 0,
}
LEGACY_SAYS: Final = {
    "protocolVersion": LEGACY,
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "old", "version": "1"},
}


class Scripted:
    """A link whose answers are written down: of each method, one after another."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.given: list[float] = []
        self.closed = False
        self.revision = ""

    def adopt(self, revision: str) -> None:
        self.revision = revision

    async def ask(self, method: str, _params: Mapping[str, Any], seconds: float) -> Any:
        self.asked.append(method)
        self.given.append(seconds)
        answer = self.answers[method.removeprefix("server/")].pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def tell(self, method: str, _params: Mapping[str, Any]) -> None:
        self.asked.append(method)


def greeted(link: Any) -> Greeted:
    return asyncio.run(greet(link))


def test_a_server_that_was_still_starting_is_asked_again() -> None:
    """It read the first question late, speaks the newest revision since, and wants no handshake."""
    refuses = Refused(-32600, "no handshake here")
    link = Scripted(discover=[Lost("too late"), MODERN_SAYS], initialize=[refuses])

    assert greeted(link).revision == link.revision == MODERN
    assert link.asked == ["server/discover", "initialize", "server/discover"]


def test_a_slow_server_has_all_the_time_that_it_is_given() -> None:
    """Only the first question is short; who waits for longer lets the server start for longer."""
    refuses = Refused(-32600, "no handshake here")
    link = Scripted(discover=[Lost("too late"), MODERN_SAYS], initialize=[refuses])
    asyncio.run(greet(link, 300.0))  # type: ignore[arg-type]  # as far as it is used

    assert link.given == [5.0, 300.0, 300.0]


def test_a_server_that_waits_for_the_handshake_gets_it() -> None:
    """An old one may answer nothing before."""
    link = Scripted(discover=[Lost("no answer")], initialize=[LEGACY_SAYS])

    assert greeted(link).revision == link.revision == LEGACY


@pytest.mark.parametrize("said", [Refused(-32601, "unknown"), {"supportedVersions": []}])
def test_a_server_that_speaks_neither_is_not_used(said: Any) -> None:
    """What it refuses last is what is told."""
    refuses = Refused(-32600, "no")
    with pytest.raises(Refused, match="no"):
        greeted(Scripted(discover=[said], initialize=[refuses]))
    with pytest.raises(Refused, match="no"):
        greeted(Scripted(discover=[Lost("slow"), said], initialize=[refuses]))


def test_a_server_that_ended_is_not_asked_again() -> None:
    """There is nobody to shake hands with."""
    link = Scripted(discover=[Lost("it ended")], initialize=[])
    link.closed = True

    with pytest.raises(Lost):
        greeted(link)

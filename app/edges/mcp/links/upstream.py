"""A server behind the gateway: started once, and again after it died, but not at once."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog

from app.edges.mcp.links.link import Garbled, Heard, Link, LinkError, Progress, Unsent
from app.edges.mcp.links.opening import GREET_S, Greeted, greet
from app.edges.mcp.messages import Refused
from app.plain import plain
from dsl import strictjson

FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0
STEADY_S: Final = 10.0  # who lived for so long has not failed at its start
ASK_S: Final = 300.0
LIST_S: Final = 60.0  # a list is asked for again after so long
MOST_PAGES: Final = 100
MOST_LISTED: Final = 16 << 20  # bytes of all pages of a list together
LONGEST: Final = 200  # characters of a server's words in the log
Open = Callable[[Heard], Awaitable[Link]]
log = structlog.get_logger("drawbar.mcp")


class Upstream:
    """One server by its name, whatever connection there is to it right now."""

    def __init__(
        self,
        name: str,
        opens: Open,
        ask_s: float = ASK_S,
        *,
        greet_s: float = GREET_S,
        questions: bool = False,
    ) -> None:
        self.name = name
        self.questions = questions  # whether what it asks of people is handed on
        self._opens = opens
        self._ask_s = ask_s
        self._greet_s = greet_s
        self._held: tuple[Link, Greeted, float] | None = None
        self._lock = asyncio.Lock()
        self._wait_s = 0.0
        self._not_before = 0.0
        self._lists: dict[str, tuple[float, list[Any]]] = {}
        self.number = 0  # of times that its lists may have changed

    async def greeted(self) -> Greeted:
        """Return what the server said of itself, once there is a connection."""
        return (await self._link())[1]

    async def ask(
        self,
        method: str,
        params: Mapping[str, Any],
        progress: Progress | None = None,
        schema: Any = None,
        capabilities: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """Return the result of a request; raise `Refused` as the server does, or `LinkError`."""
        link, greeted, _ = await self._link()
        sent = greeted.params(params, capabilities)
        return await link.ask(method, sent, self._ask_s, progress, schema)

    async def listed(self, method: str, member: str) -> list[Any]:
        """Return all that a server lists of a kind, from memory for a while."""
        held = self._lists.get(method)
        if held is not None and held[0] > time.monotonic():
            return held[1]
        number = self.number
        found = await self._pages(method, member)
        if number == self.number:
            self._lists[method] = (time.monotonic() + LIST_S, found)
        return found

    async def _pages(self, method: str, member: str) -> list[Any]:
        found: list[Any] = []
        size, params = 0, dict[str, Any]()
        for _ in range(MOST_PAGES):
            page = await self.ask(method, params)
            items, cursor = page.get(member), page.get("nextCursor")
            if not isinstance(items, list):
                raise Garbled(f"the server's `{method}` lists nothing")
            size += len(strictjson.written(items))
            if size > MOST_LISTED:
                raise Garbled(f"the server's `{method}` is larger than {MOST_LISTED >> 20} MiB")
            found += items
            if not isinstance(cursor, str):
                return found
            params = {"cursor": cursor}
        raise Garbled(f"the server's `{method}` never ends")

    def _heard(self, method: str) -> None:
        """Forget lists that the server says have changed; the rest of what it says is dropped."""
        if method.endswith("/list_changed"):
            self._forget()

    def _forget(self) -> None:
        self.number += 1
        self._lists.clear()

    async def _link(self) -> tuple[Link, Greeted, float]:
        held = self._held
        if held is not None and not held[0].closed:
            return held
        async with self._lock:
            held = self._held
            if held is not None and not held[0].closed:
                return held
            if held is not None:
                await self._gone(*held)
            return await self._opened()

    async def _gone(self, link: Link, _greeted: Greeted, since: float) -> None:
        self._held = None
        self._forget()
        log.warning("a server is gone and will be started again", server=self.name)
        await link.close()
        if time.monotonic() - since < STEADY_S:
            self._later()
        else:
            self._wait_s = 0.0

    def _later(self) -> None:
        self._wait_s = min(max(2 * self._wait_s, FIRST_WAIT_S), LONGEST_WAIT_S)
        self._not_before = time.monotonic() + self._wait_s

    async def _opened(self) -> tuple[Link, Greeted, float]:
        if time.monotonic() < self._not_before:
            raise Unsent("the server failed a moment ago and is not asked yet")
        try:
            link = await self._opens(self._heard)
        except LinkError:
            self._later()
            raise
        whole = False
        try:
            greeted = await greet(link, self._greet_s)
            whole = True
        except Refused as error:
            log.warning("a server refuses", server=self.name, cause=plain(str(error))[:LONGEST])
            raise Unsent("the server refuses the handshake") from error
        except LinkError as error:
            raise Unsent(f"the server cannot be talked to: {error}") from error
        finally:
            if not whole:
                self._later()
                await link.close()
        self._held = (link, greeted, time.monotonic())
        log.info("a server is there", server=self.name, revision=greeted.revision)
        return self._held

    async def close(self) -> None:
        """End the connection, if there is one."""
        held, self._held = self._held, None
        self._not_before = float("inf")
        if held is not None:
            await held[0].close()

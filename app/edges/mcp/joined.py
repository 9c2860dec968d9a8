"""Decides at whoever holds the store: where that one has ended, somebody else takes it over."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

import structlog

from app.edges.mcp.judge import Asked, Came, Judge, Name, NoSession, Ruling, Shown
from app.edges.mcp.there import UNREACHABLE, There
from dsl.errors import DrawbarError

Opens = Callable[[], Awaitable[Judge]]
log = structlog.get_logger("drawbar.mcp")


class Joined:
    """A judge that is looked for again when it is gone; the same question is asked once more."""

    def __init__(self, first: Judge, opens: Opens) -> None:
        self._judge = first
        self._opens = opens
        self._one = asyncio.Lock()

    @property
    def principal(self) -> str:
        """Name the caller."""
        return "wrap"

    @property
    def speaks_for_user(self) -> bool:
        """Tell what whoever decides says of the caller."""
        return self._judge.speaks_for_user

    async def answered(self, approval: str, *, yes: bool) -> None:
        """Hand on what the user said."""
        await self._judge.answered(approval, yes=yes)

    async def session(self, named: str | None) -> str:
        """Return the session that calls belong to: whoever decides, the same one is open."""
        judge = self._judge
        try:
            return await judge.session(named)
        except NoSession:
            if not await self._elsewhere(judge):
                raise
            return await self._judge.session(named)

    async def check(self, asked: Asked) -> Ruling:
        """Decide a call."""
        judge = self._judge
        ruling = await judge.check(asked)
        if ruling.reason != UNREACHABLE or not await self._elsewhere(judge):
            return ruling
        return await self._judge.check(asked)

    async def told(self, came: Came) -> Shown:
        """Tell what came of a call."""
        judge = self._judge
        shown = await judge.told(came)
        if shown.reason != UNREACHABLE or not await self._elsewhere(judge):
            return shown
        return await self._judge.told(came)

    async def never_sent(self, session: str, call_id: str) -> None:
        """Tell that a call never reached its server."""
        await self._judge.never_sent(session, call_id)

    async def visible(self, tools: Sequence[Name]) -> Collection[Name]:
        """Return the tools that the caller might be allowed some call of."""
        judge = self._judge
        found = await judge.visible(tools)
        if found or not tools or not await self._elsewhere(judge):
            return found
        return await self._judge.visible(tools)

    async def _elsewhere(self, gone: Judge) -> bool:
        """Look for who decides now; tell whether it is another one than that which is gone."""
        async with self._one:
            if self._judge is not gone:
                return True
            if not isinstance(gone, There):  # it decides in this process
                return False
            try:
                found = await self._opens()
            except DrawbarError as error:
                log.warning("nobody decides", cause=str(error))
                return False
            await gone.close()
            self._judge = found
            return True

    async def close(self) -> None:
        """Let go of whoever decides."""
        await self._judge.close()

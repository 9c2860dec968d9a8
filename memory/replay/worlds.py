"""What was known when a decision was made: its session, and the windows beyond it."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from dsl import syntax
from dsl.model import Cause
from dsl.state import PastCall
from dsl.types import Unknown
from memory.evidence.key import ErasedError
from memory.replay.cases import CannotReplay, Case
from memory.sessions.session import Owner, Session
from memory.sessions.sessions import Turn
from memory.sessions.store import Numbered, Opened, Place, Stored, Whose
from memory.sessions.wider import Window

MOST_SESSIONS: Final = 1_000


@dataclass(slots=True)
class _Thread:
    """A session that is told again, event by event."""

    owner: Owner
    opened_at: datetime
    events: Sequence[Numbered]
    session: Session
    at: int = 0

    def until(self, number: int) -> Session:
        """Return the session as it was after so many events."""
        if number > len(self.events):
            raise CannotReplay("what happened in its session is not kept any more")
        if number < self.at:
            self.session, self.at = Session(self.owner, self.opened_at, self.session.name), 0
        for _, event in self.events[self.at : number]:
            self.session.take(event)
        self.at = number
        return self.session


@dataclass(slots=True)
class _Window:
    """Calls beyond a session, told again in the order in which they were stored."""

    window: Window
    coming: AsyncIterator[Stored]
    next: Stored | None

    async def until(self, at: datetime) -> None:
        """Take in what happened before a moment."""
        while self.next is not None and self.next.event.at < at:
            self.window.take(self.next)
            self.next = await anext(self.coming, None)


class Telling(Protocol):
    """Tells what happened: a store, or a file that was taken out of one."""

    async def find(self, tenant: str, name: str) -> Opened | None:
        """Return a session that was opened."""

    async def events(self, tenant: str, name: str, after: int) -> Sequence[Numbered]:
        """Return what happened in a session, from an event on."""

    async def places(self, whose: Whose, since: datetime, above: int) -> Sequence[Place]:
        """Return which events tell of the calls of a window, with numbers above one."""

    def stored(self, tenant: str, places: Sequence[Place]) -> AsyncIterator[Stored]:
        """Yield events by where they stand, in the order of their numbers."""


class Worlds:
    """Brings back what was known, for decisions in the order in which they were made."""

    def __init__(self, store: Telling, reach: Mapping[syntax.Per, timedelta]) -> None:
        self._store = store
        self._reach = reach
        self._threads: OrderedDict[tuple[str, str], _Thread] = OrderedDict()
        self._windows: dict[Whose, _Window] = {}

    async def at(self, case: Case) -> Turn:
        """Return what was known for a decision, or raise `CannotReplay`."""
        one = case.record
        owner = Owner(one.tenant, one.subject, one.agent)
        try:
            windows = {per: await self._calls(owner, per, one.at) for per in self._reach}
            session = None if one.session is None else await self._session(owner, case)
        except ErasedError as error:
            raise CannotReplay("what happened in its session was erased") from error
        overlays = () if session is None else session.overlays
        return Turn(owner, one.session or "", session, Cause.NO_STATE, windows, overlays)

    async def _session(self, owner: Owner, case: Case) -> Session:
        name, known = str(case.record.session), case.record.known
        if known is None:
            raise CannotReplay("its session was over, or could not be had")
        thread = self._threads.pop((owner.tenant, name), None) or await self._thread(owner, name)
        self._threads[owner.tenant, name] = thread
        if len(self._threads) > MOST_SESSIONS:
            self._threads.popitem(last=False)
        return thread.until(known)

    async def _thread(self, owner: Owner, name: str) -> _Thread:
        opened = await self._store.find(owner.tenant, name)
        if opened is None or opened.closed_at is not None:
            raise CannotReplay("its session is not kept any more")
        events = await self._store.events(owner.tenant, name, 0)
        return _Thread(owner, opened.at, events, Session(owner, opened.at, name))

    async def _calls(
        self, owner: Owner, per: syntax.Per, at: datetime
    ) -> Sequence[PastCall] | Unknown:
        names = {"subject": owner.subject, "agent": owner.agent}
        whose = Whose(owner.tenant, per, names.get(per))
        since = at - self._reach[per]
        if whose not in self._windows:
            self._windows[whose] = await self._window(whose, since)
        found = self._windows[whose]
        await found.until(at)
        found.window.forget(since)
        if found.window.too_much:
            return Unknown(Cause.TOO_MUCH, per)
        return tuple(found.window.calls.values())

    async def _window(self, whose: Whose, since: datetime) -> _Window:
        places = await self._store.places(whose, since, 0)
        coming = self._store.stored(whose.tenant, places)
        return _Window(Window(since), coming, await anext(coming, None))

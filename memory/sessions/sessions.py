"""The sessions of one gateway: opened, found again, and turned to one decision at a time."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl import syntax
from dsl.errors import DrawbarError
from dsl.evaluation.opinion import Bound
from dsl.model import NOTHING, Cause, ToolCall
from dsl.state import PastCall, State
from dsl.types import Unknown
from memory.database import Database
from memory.sealing import Sealer
from memory.sessions.events import Event
from memory.sessions.locks import Locks, hold_in_store
from memory.sessions.session import (
    Beside,
    LookUp,
    Owner,
    Session,
    Windows,
    Without,
    calls_of,
)
from memory.sessions.store import SessionStore
from memory.tables import session_events

MOST_SESSIONS: Final = 1_000  # kept in memory; others are read again when they are named
NO_SESSION: Final = ""
# Turns that hold a connection; fewer than a pool has, for each of them needs the record log's too.
MOST_TURNS: Final = 8


class NotYours(DrawbarError):
    """A session that belongs to another subject or agent, or that was closed."""


@dataclass(slots=True)
class Turn:
    """One decision's time with its session: nobody else decides in it meanwhile."""

    owner: Owner
    name: str
    session: Session | None
    cause: Cause
    windows: Windows
    overlays: tuple[Bound, ...] = ()
    happened: list[Event] = field(default_factory=list)

    def state(
        self,
        call: ToolCall,
        policies: Sequence[syntax.Policy],
        facts: Mapping[str, Any] = NOTHING,
        sources: LookUp | None = None,
    ) -> State:
        """Return what is known for one decision."""
        beside = Beside(self.windows, facts, sources)
        if self.session is None:
            return Without(self.cause, beside)
        self.session.asking(call, policies, beside)
        return self.session

    def take(self, event: Event) -> bool:
        """Let something happen; tell whether it is new."""
        if self.session is not None and not self.session.take(event):
            return False
        self.happened.append(event)
        return True


class Sessions:
    """Every session of a store. `shared`: other gateways write to the same one."""

    def __init__(
        self, database: Database, sealer: Sealer, idle: timedelta, *, shared: bool
    ) -> None:
        self._database = database
        self._store = SessionStore(database, sealer)
        self._idle = idle
        self._shared = shared
        self._locks = Locks()
        self._room = asyncio.Semaphore(MOST_TURNS)
        self._known: OrderedDict[tuple[str, str], Session] = OrderedDict()

    @asynccontextmanager
    async def turn(
        self,
        owner: Owner,
        name: str | None,
        reach: Mapping[syntax.Per, timedelta],
        now: datetime,
    ) -> AsyncIterator[Turn]:
        """Hold a session, and all that is counted together with it, for one decision.

        Among several gateways the store holds the locks, and what happens in the turn is stored
        before they are let go.
        """
        names = _locked(owner, name, reach)
        async with self._locks.hold(names):
            if name is not None:
                await self._ensure_opened(owner, name, now)
            if not self._shared:
                turn = await self._turn(None, owner, name, reach, now)
                with self._unless_it_fails(turn):
                    yield turn
                return
            async with self._room, self._database.write() as connection:
                await hold_in_store(connection, names)
                turn = await self._turn(connection, owner, name, reach, now)
                with self._unless_it_fails(turn):
                    yield turn
                    if rows := self._rows(turn):
                        await connection.execute(insert(session_events), rows)

    async def exists(self, tenant: str, name: str) -> bool:
        """Tell whether a session was ever opened."""
        async with self._database.read() as connection:
            return await self._store.find(connection, tenant, name) is not None

    def rows(self, turn: Turn) -> list[dict[str, Any]]:
        """Return what is left to store of a turn."""
        return [] if self._shared else self._rows(turn)

    @contextmanager
    def _unless_it_fails(self, turn: Turn) -> Iterator[None]:
        """Read the session anew after a fault: it may remember what was not stored."""
        whole = False
        try:
            yield
            whole = True
        finally:
            if not whole:
                self._known.pop((turn.owner.tenant, turn.name), None)

    def _rows(self, turn: Turn) -> list[dict[str, Any]]:
        return self._store.rows(turn.owner, turn.name, turn.happened)

    async def _turn(
        self,
        connection: AsyncConnection | None,
        owner: Owner,
        name: str | None,
        reach: Mapping[syntax.Per, timedelta],
        now: datetime,
    ) -> Turn:
        if connection is None and (reach or (name and (owner.tenant, name) not in self._known)):
            async with self._database.read() as reading:
                return await self._turn_with(reading, owner, name, reach, now)
        return await self._turn_with(connection, owner, name, reach, now)

    async def _turn_with(
        self,
        connection: AsyncConnection | None,
        owner: Owner,
        name: str | None,
        reach: Mapping[syntax.Per, timedelta],
        now: datetime,
    ) -> Turn:
        session = None if name is None else await self._session(connection, owner, name)
        # What narrows a session narrows whoever names it, also when it is over.
        overlays = () if session is None else session.overlays
        cause = Cause.NO_STATE
        if session is not None and now - session.last_at > self._idle:
            session, cause = None, Cause.SESSION_EXPIRED
        wider: dict[syntax.Per, Sequence[PastCall] | Unknown] = {}
        for per, within in reach.items():
            wider[per] = await self._wider(connection, owner, per, now - within)
        kept = name if name is not None and session is not None else NO_SESSION
        return Turn(owner, kept, session, cause, wider, overlays)

    async def _wider(
        self, connection: AsyncConnection | None, owner: Owner, per: syntax.Per, since: datetime
    ) -> Sequence[PastCall] | Unknown:
        assert connection is not None  # noqa: S101 - `_turn` reads wider windows from the store
        found = await self._store.calls(connection, owner, per, since)
        return Unknown(Cause.TOO_MUCH, per) if found is None else calls_of(found)

    async def _session(
        self, connection: AsyncConnection | None, owner: Owner, name: str
    ) -> Session:
        key = (owner.tenant, name)
        known = self._known.get(key)
        if known is None:
            assert connection is not None  # noqa: S101 - `_turn` reads unknown sessions
            known = await self._opened(connection, owner, name)
        if known.owner != owner:
            raise NotYours("the session belongs to another subject or agent")
        if connection is not None:
            for number, event in await self._store.events(
                connection, owner.tenant, name, known.number
            ):
                known.take(event)
                known.number = number
        self._known[key] = known
        self._known.move_to_end(key)
        while len(self._known) > MOST_SESSIONS:
            self._known.popitem(last=False)
        return known

    async def _ensure_opened(self, owner: Owner, name: str, now: datetime) -> None:
        """Open a session that is new, while no connection is held that others wait for."""
        if (owner.tenant, name) in self._known or await self.exists(owner.tenant, name):
            return
        await self._store.open(owner, name, now)

    async def _opened(self, connection: AsyncConnection, owner: Owner, name: str) -> Session:
        found = await self._store.find(connection, owner.tenant, name)
        if found is None or found.closed_at is not None:
            raise NotYours("the session was closed")
        return Session(found.owner, found.at)


def _locked(owner: Owner, name: str | None, reach: Mapping[syntax.Per, timedelta]) -> list[str]:
    """Name what a decision must be alone with: its session, and whatever its policies count by."""
    keys = {"subject": owner.subject, "agent": owner.agent, "tenant": ""}
    names = [f"{per} {owner.tenant} {keys[per]}" for per in reach]
    return names if name is None else [*names, f"session {owner.tenant} {name}"]

"""The sessions of one gateway: opened, found again, and turned to one decision at a time."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from dsl import syntax
from dsl.errors import DrawbarError
from dsl.evaluation.opinion import Bound
from dsl.model import NOTHING, Cause, ToolCall
from dsl.state import PastCall, State
from dsl.types import Unknown
from memory.evidence.key import ErasedError
from memory.records.steps import Along
from memory.sealing import SealError
from memory.sessions.cache import Cache
from memory.sessions.deleting import delete
from memory.sessions.events import Event
from memory.sessions.following import Following, follow
from memory.sessions.joining import Bounds, Lasting, lasting
from memory.sessions.locks import Locks
from memory.sessions.sealed import Sealed
from memory.sessions.session import (
    Beside,
    LookUp,
    Owner,
    Score,
    Session,
    Windows,
    Without,
)
from memory.sessions.settling import Settling
from memory.sessions.store import (
    NOTHING_KEPT,
    Kept,
    Opened,
    Reading,
    SessionStore,
    Whose,
)
from memory.sessions.wider import Wider

FULL: Final = 16 << 20  # a session that holds more bytes is over
NO_SESSION: Final = ""


class NotYours(DrawbarError):
    """A session that belongs to another subject or agent, or that was deleted."""


class Deleted(NotYours):
    """A session that was deleted; its name is refused for good."""

    def __init__(self) -> None:
        super().__init__("the session was deleted, and its name is refused for good")


@dataclass(slots=True)
class Turn:
    """One decision's time with its session: nobody else decides in it meanwhile."""

    owner: Owner
    name: str
    session: Session | None
    cause: Cause
    windows: Windows
    overlays: tuple[Bound, ...] = ()
    before: Sequence[Session] = ()  # sessions that are over, and whose labels hold on
    happened: list[Event] = field(default_factory=list)
    touched: bool = False  # the session may be other than it was
    opened: Opened | None = None  # in this turn
    dry: bool = False  # nothing of it stays
    in_store: bool = False  # held, and stored, among several gateways

    def state(
        self,
        call: ToolCall,
        policies: Sequence[syntax.Policy],
        facts: Mapping[str, Any] = NOTHING,
        sources: LookUp | None = None,
        scores: Score | None = None,
    ) -> State:
        """Return what is known for one decision."""
        beside = Beside(self.windows, facts, sources, scores)
        if self.session is None:
            for one in self.before:
                one.asking(call, policies, beside)
            return Without(self.cause, beside, self.before)
        self.session.asking(call, policies, beside)
        return self.session

    def take(self, event: Event) -> bool:
        """Let something happen; tell whether it is new."""
        if self.session is not None:
            self.touched = True
            if not self.session.take(event):
                return False
        self.happened.append(event)
        return True


class _Asked(Struct, frozen=True):
    """What a turn is asked for."""

    owner: Owner
    name: str | None
    reach: Mapping[syntax.Per, timedelta]
    now: datetime
    labels: bool
    forgotten: int = 0  # how often all was let go of before

    @property
    def key(self) -> tuple[str, str]:
        return self.owner.tenant, self.name or NO_SESSION

    def locks(self) -> list[str]:
        """Name what must be had alone: the session, and whatever the policies count by."""
        owner = self.owner
        keys = {"subject": owner.subject, "agent": owner.agent, "tenant": ""}
        names = [f"{per} {owner.tenant} {keys[per]}" for per in self.reach]
        return names if self.name is None else [*names, f"session {owner.tenant} {self.name}"]


class Sessions:
    """Every session of a store."""

    def __init__(self, store: SessionStore, sealed: Sealed, idle: timedelta) -> None:
        self._store = store
        self._sealed = sealed
        self._idle = idle
        self._locks = Locks()
        self._known = Cache()
        self._windows = Wider()
        self._settling = Settling()
        self._following = Following(store, self._settling, idle)
        self._unreadable: dict[Whose, datetime] = {}  # windows that held erased calls, and when
        self._forgotten = 0

    def forget(self) -> None:
        """Let go of all that is in memory: something of it was erased from the store."""
        self._known, self._windows = Cache(), Wider()
        self._following.forget()
        self._forgotten += 1

    @asynccontextmanager
    async def turn(
        self,
        owner: Owner,
        name: str | None,
        reach: Mapping[syntax.Per, timedelta],
        now: datetime,
        *,
        labels: bool = False,
    ) -> AsyncIterator[Turn]:
        """Hold a session, as `take` does, until the end of the block."""
        async with AsyncExitStack() as held:
            yield await self.take(held, owner, name, reach, now, labels=labels)

    async def take(  # noqa: PLR0913 - all that a turn is asked for, and who holds it
        self,
        held: AsyncExitStack,
        owner: Owner,
        name: str | None,
        reach: Mapping[syntax.Per, timedelta],
        now: datetime,
        *,
        labels: bool = False,
    ) -> Turn:
        """Hold a session, and all that is counted together with it, for one decision.

        Among several gateways the store holds the locks, and what happens in the turn is stored
        before they are let go. With `labels` it is known which of them follow who has no session.
        """
        await self._sealed.ready(owner)
        asked = _Asked(owner, name, reach, now, labels, self._forgotten)
        names = asked.locks()
        if names:
            await held.enter_async_context(self._locks.hold(names))
        if not self._store.with_records(names):
            return await held.enter_async_context(self._among_gateways(asked, names))
        return await self._here(held, asked)

    async def _here(self, held: AsyncExitStack, asked: _Asked) -> Turn:
        """Take a turn that no other process could take; what is left of it, the caller stores."""
        session = self._known.take(asked.key) if asked.name is not None else None
        if asked.reach or (asked.name is not None and session is None):
            async with self._store.read() as reading:
                turn, session = await self._begin(reading, asked, session)
        else:
            turn, session = await self._begin(None, asked, session)

        def put_back(kind: type[BaseException] | None, *_: object) -> None:
            self._put_back(asked, turn, session, whole=kind is None)

        held.push(put_back)
        return turn

    @asynccontextmanager
    async def _among_gateways(self, asked: _Asked, names: Sequence[str]) -> AsyncIterator[Turn]:
        """Take a turn while the store holds its locks for all gateways."""
        turn, session, whole = None, None, False
        try:
            async with self._store.hold(names) as holding:
                session = self._known.take(asked.key) if asked.name is not None else None
                turn, session = await self._begin(holding, asked, session)
                turn.in_store = True
                yield turn
                if not turn.dry:
                    await holding.store(self._kept(turn))
            whole = True  # not before the locks are let go: what was stored may count only then
        finally:
            if turn is not None:
                self._put_back(asked, turn, session, whole=whole)

    def _put_back(self, asked: _Asked, turn: Turn, session: Session | None, *, whole: bool) -> None:
        """Keep a session in memory, unless it may remember what was not stored."""
        if asked.forgotten != self._forgotten:
            return
        self._following.put_back(one for one in turn.before if one is not session)
        if session is None or session.weight > FULL:
            return
        untouched = not turn.touched and turn.opened is None
        if untouched or (whole and not turn.dry):
            self._known.put(asked.key, session)
            self._settling.begin(session)

    async def close(self, tenant: str, name: str, now: datetime, along: Along) -> bool:
        """Delete a session for good; tell whether there was one. What counts of it counts on."""
        names = [f"session {tenant} {name}"]
        async with self._locks.hold(names), self._store.hold(names) as holding:
            self._known.take((tenant, name))
            self._following.drop(tenant, name)
            return await delete(holding, self._sealed, tenant, name, now, along=along)

    async def owner(self, tenant: str, name: str) -> Owner | None:
        """Return whose a session is, if it was ever opened."""
        async with self._store.read() as reading:
            found = await reading.find(tenant, name)
        return None if found is None else found.owner

    async def lasting(self, owner: Owner, now: datetime) -> Lasting:
        """Return which sessions of a subject and an agent are open."""
        async with self._store.read() as reading:
            bounds = Bounds(self._idle, FULL)
            return await lasting(reading, owner, now, bounds, self._known.of(owner))

    def telling(self) -> AbstractAsyncContextManager[Reading]:
        """Hold what tells of all that happened in sessions, for whoever only reads."""
        return self._store.read()

    async def answers(self) -> bool:
        """Tell whether the store of sessions can be asked right now."""
        return await self._store.answers()

    async def readable(self) -> bool:
        """Tell whether what happened last in the store can be opened with this gateway's key."""
        try:
            async with self._store.read() as reading:
                await reading.last()
        except ErasedError:
            return True
        except SealError:
            return False
        return True

    def left(self, turn: Turn) -> Kept:
        """Return what is left to store of a turn, by whoever took it."""
        return NOTHING_KEPT if turn.in_store or turn.dry else self._kept(turn)

    def _kept(self, turn: Turn) -> Kept:
        opened = [turn.opened.row(turn.name)] if turn.opened is not None else []
        return Kept(opened, self._sealed.rows(turn.owner, turn.name, turn.happened))

    async def _begin(
        self, reading: Reading | None, asked: _Asked, known: Session | None
    ) -> tuple[Turn, Session | None]:
        """Return a turn with what is known, and its session to be kept in memory."""
        wider: dict[syntax.Per, Sequence[PastCall] | Unknown] = {}
        turn = Turn(asked.owner, NO_SESSION, None, Cause.NO_STATE, wider)
        session = None
        if asked.name is not None:
            session = await self._session(reading, asked, turn, known)
            if session.closed:  # another gateway deleted it
                raise Deleted
            # What narrows a session narrows whoever names it, also when it is over.
            turn.overlays = session.overlays
            if session.weight > FULL:
                turn.cause = Cause.SESSION_OVERFLOW
            elif asked.now - session.last_at > self._idle:
                turn.cause = Cause.SESSION_EXPIRED
            else:
                await self._settled(asked, turn, session)
                turn.session, turn.name = session, asked.name
        if asked.labels and turn.cause is not Cause.SESSION_OVERFLOW and turn.session is None:
            before = self._following.before(reading, asked.owner, asked.now, session)
            turn.before = await before
        for per, within in asked.reach.items():
            wider[per] = await self._wider(reading, asked, per, asked.now - within)
        return turn, session

    async def _wider(
        self, reading: Reading | None, asked: _Asked, per: syntax.Per, since: datetime
    ) -> Sequence[PastCall] | Unknown:
        assert reading is not None  # noqa: S101 - wider windows are read from the store
        owner, now = asked.owner, asked.now
        names = {"subject": owner.subject, "agent": owner.agent}
        whose = Whose(owner.tenant, per, names.get(per))
        erased = self._unreadable.get(whose)
        if erased is not None and since <= erased:
            return Unknown(Cause.UNREADABLE, per)
        try:
            found = await self._windows.calls(reading, whose, since)
        except ErasedError:  # until no call in the window can be of before
            self._unreadable[whose] = now
            return Unknown(Cause.UNREADABLE, per)
        return Unknown(Cause.TOO_MUCH, per) if found is None else found

    async def _session(
        self,
        reading: Reading | None,
        asked: _Asked,
        turn: Turn,
        known: Session | None,
    ) -> Session:
        if known is not None and known.owner != asked.owner:
            self._known.put(asked.key, known)
        session = known or await self._found(reading, asked, turn)
        if session.owner != asked.owner:
            raise NotYours("the session belongs to another subject or agent")
        if known is None and turn.opened is None:
            await self._read(reading, asked, session)
        elif reading is not None and self._store.shared:
            await self._settled(asked, turn, session)
            await follow(reading, session)
        return session

    async def _settled(self, asked: _Asked, turn: Turn, session: Session) -> None:
        """Wait until a session can be asked; if that takes too long, the next turn goes on."""
        whole = False
        try:
            await self._settling.done(session)
            whole = True
        finally:
            if not whole and turn.opened is None:
                self._known.put(asked.key, session)

    async def _found(self, reading: Reading | None, asked: _Asked, turn: Turn) -> Session:
        """Return a session as it was opened, now or before."""
        assert reading is not None  # noqa: S101 - unknown sessions are read from the store
        tenant, name = asked.key
        found = await reading.find(tenant, name)
        if found is None:
            found = turn.opened = Opened(asked.owner, asked.now)
        if found.closed_at is not None and found.owner == asked.owner:
            raise Deleted
        return Session(found.owner, found.at, name)

    async def _read(self, reading: Reading | None, asked: _Asked, session: Session) -> None:
        """Take in all that happened in a session; of one that is full, its rules alone."""
        assert reading is not None  # noqa: S101 - as above
        weight = await reading.weight(*asked.key)
        if weight <= FULL:
            await follow(reading, session)
            return
        for _, event in await reading.narrowings(*asked.key):
            session.take(event)
        session.weight = weight

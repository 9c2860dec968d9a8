"""Labels follow a subject and an agent when their session is over, until another one is opened.

What a session had is still known then, and everything else about it is not: so whatever is not
found here stays unknown, and looking at a few sessions is enough.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol, runtime_checkable

from memory.evidence.key import ErasedError
from memory.sessions.cache import Cache
from memory.sessions.session import Owner, Session
from memory.sessions.settling import Settling
from memory.sessions.store import Reading, SessionStore

MOST: Final = 8  # of the sessions that a subject and an agent opened last are looked at
MOST_BYTES: Final = 16 << 20  # of events in these, and in those that are kept in memory
_KEPT: Final = 200


class Lately(NamedTuple):
    """A session as it was opened, and when something happened in it last."""

    name: str
    opened_at: datetime
    last_at: datetime
    closed: bool


@runtime_checkable
class TellsLately(Protocol):
    """Tells which sessions were opened last. Of a store that cannot, no labels follow."""

    async def lately(self, owner: Owner, most: int) -> Sequence[Lately]:
        """Return the sessions that somebody opened last, the newest first."""


class Following:
    """The sessions of one gateway that are over and whose labels hold on."""

    def __init__(self, store: SessionStore, settling: Settling, idle: timedelta) -> None:
        self._store = store
        self._settling = settling
        self._idle = idle
        # Apart from the sessions that decisions are made in: a copy of one never takes its place.
        self._known = Cache(_KEPT, MOST_BYTES)

    async def before(
        self, reading: Reading | None, owner: Owner, now: datetime, named: Session | None
    ) -> list[Session]:
        """Return what was before a call that has no session; `named` is the one it named."""
        if reading is not None:
            return await self._before(reading, owner, now, named)
        async with self._store.read() as opened:
            return await self._before(opened, owner, now, named)

    async def _before(
        self, reading: Reading, owner: Owner, now: datetime, named: Session | None
    ) -> list[Session]:
        found: list[Session] = []
        left = MOST_BYTES
        lately = await reading.lately(owner, MOST) if isinstance(reading, TellsLately) else ()
        for one in lately:
            if one.closed:  # another gateway may have deleted it
                self.drop(owner.tenant, one.name)
        for one in over(lately, now, self._idle):
            if named is not None and named.name == one.name:
                found.append(named)
                continue
            left -= await reading.weight(owner.tenant, one.name)
            if left < 0:
                break
            with suppress(ErasedError):  # then nothing of it is known
                found.append(await self._read(reading, owner, one))
        return found

    def drop(self, tenant: str, name: str) -> None:
        """Let go of a session that was deleted."""
        self._known.take((tenant, name))

    def forget(self) -> None:
        """Let go of everything in memory."""
        self._known = Cache(_KEPT, MOST_BYTES)

    async def _read(self, reading: Reading, owner: Owner, one: Lately) -> Session:
        kept = self._known.take((owner.tenant, one.name))
        session = kept or Session(owner, one.opened_at, one.name)
        whole = False
        try:
            await follow(reading, session)
            await self._settling.done(session)
            whole = True
        finally:
            if not whole:
                self.put_back([session])  # who comes next goes on from here
        return session

    def put_back(self, sessions: Iterable[Session]) -> None:
        """Keep sessions for the next time."""
        for one in sessions:
            self._known.put((one.owner.tenant, one.name or ""), one)


def over(lately: Sequence[Lately], now: datetime, idle: timedelta) -> Iterator[Lately]:
    """Yield the sessions that are over and since whose end none was opened."""
    newest = max((one.opened_at for one in lately), default=now)
    for one in lately:
        if not one.closed and newest <= one.last_at + idle < now:
            yield one


async def follow(reading: Reading, session: Session) -> None:
    """Take in what was stored of a session since it was read."""
    tenant, name = session.owner.tenant, session.name or ""
    for number, event in await reading.events(tenant, name, session.number):
        session.take(event)
        session.number = number

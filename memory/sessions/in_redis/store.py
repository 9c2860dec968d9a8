"""Keeps sessions in Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Final

from memory.database import FAULTS
from memory.records.steps import Along
from memory.sessions.events import BESIDE, Event
from memory.sessions.following import Lately
from memory.sessions.in_redis import keys, scripts
from memory.sessions.in_redis.lease import Lease
from memory.sessions.in_redis.server import Server
from memory.sessions.sealed import Sealed
from memory.sessions.session import Owner
from memory.sessions.store import (
    Kept,
    NotKept,
    Numbered,
    Opened,
    Place,
    Row,
    SessionsLost,
    Stored,
    Whose,
)

NOTE_EACH: Final = 100  # numbers between two that the database is told
_AT_ONCE: Final = 500

Note = Callable[[int], Awaitable[None]]


class RedisStore:
    """Keeps sessions in one Redis for any number of gateways.

    `note` tells the database the number of the last event, now and then.
    """

    def __init__(self, server: Server, sealed: Sealed, note: Note) -> None:
        self.server = server
        self._sealed = sealed
        self._note = note
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def shared(self) -> bool:
        """Tell that other gateways may write to it."""
        return True

    def with_records(self, names: Sequence[str]) -> bool:
        """Tell that a record, which is in the database, cannot be stored with it."""
        return False

    @asynccontextmanager
    async def read(self) -> AsyncIterator["RedisReading"]:
        """Read without a lock."""
        yield RedisReading(self.server, self._sealed)

    @asynccontextmanager
    async def hold(self, names: Sequence[str]) -> AsyncIterator["RedisTurn"]:
        """Hold locks."""
        lease = Lease(self.server, sorted(set(names)))
        try:
            await lease.take()
            yield RedisTurn(self, self._sealed, lease)
        finally:
            ending = asyncio.create_task(lease.let_go())
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
            await asyncio.shield(ending)

    async def noted(self, number: int) -> None:
        """Remember how far it is, and tell the database, so that an older copy is noticed."""
        before, self.server.known = self.server.known, max(self.server.known, number)
        if number // NOTE_EACH > before // NOTE_EACH:
            await self._note(number)

    async def answers(self) -> bool:
        """Tell whether it can be asked, and has lost nothing."""
        return await self.server.answers()

    async def close(self) -> None:
        """Tell the database how far it is, if it can be told, and close every connection."""
        await asyncio.gather(*self._ending, return_exceptions=True)
        with suppress(*FAULTS):
            await self._note(self.server.known)
        await self.server.close()


class RedisReading:
    """Tells what is stored."""

    def __init__(self, server: Server, sealed: Sealed) -> None:
        self._server = server
        self._sealed = sealed

    async def find(self, tenant: str, name: str) -> Opened | None:
        """Return a session that was opened."""
        written = await self._server.ask(scripts.FIND, [keys.of_session(tenant, name)])
        return None if written is None else keys.opened(tenant, written)

    async def lately(self, owner: Owner, most: int) -> list[Lately]:
        """Return the sessions that somebody opened last, the newest first."""
        found = await self._server.ask(scripts.LATELY, [keys.of_owner(owner)], most)
        return [keys.lately(one, owner.tenant) for one in found]

    async def active(self, owner: Owner, since: datetime) -> list[Lately]:
        """Return the sessions of somebody in which something happened from a time on."""
        where = [keys.of_owner(owner)]
        found = await self._server.ask(scripts.ACTIVE, where, keys.moment(since))
        return [keys.lately(one, owner.tenant) for one in found]

    async def weight(self, tenant: str, name: str) -> int:
        """Return how many bytes it takes to know a session."""
        return int(await self._server.ask(scripts.WEIGHT, [keys.of_session(tenant, name)]))

    async def last(self) -> Event | None:
        """Return what happened last in any session."""
        found = await self._server.ask(scripts.LAST)
        if not found:
            return None
        key, entry = found
        return (await self._events([(*keys.session_of(key.decode()), entry)]))[0][1]

    async def events(self, tenant: str, name: str, after: int) -> list[Numbered]:
        """Return what happened in a session, from an event on."""
        where = [keys.of_session(tenant, name)]
        found = await self._server.ask(scripts.EVENTS, where, after)
        return await self._events([(tenant, name, one) for one in found])

    async def narrowings(self, tenant: str, name: str) -> list[Numbered]:
        """Return the rules that were added to a session."""
        found = await self._server.ask(scripts.NARROWINGS, [keys.of_session(tenant, name)])
        return await self._events([(tenant, name, one) for one in found])

    async def weights(self, whose: Whose, since: datetime, most: int) -> tuple[int, int]:
        """Return how many events tell of the calls of a window, and what knowing them takes."""
        where = [keys.of_window(whose)]
        number, weight = await self._server.ask(scripts.WEIGHTS, where, keys.moment(since), most)
        return int(number), int(weight)

    async def places(self, whose: Whose, since: datetime, above: int) -> list[Place]:
        """Return which events tell of the calls of a window, with numbers above one."""
        where = [keys.of_window(whose)]
        found = await self._server.ask(scripts.PLACES, where, keys.moment(since), above)
        written = (one.decode().split(" ", 2) for one in found)
        return sorted(Place(int(number), session) for number, _, session in written)

    async def stored(self, tenant: str, places: Sequence[Place]) -> AsyncIterator[Stored]:
        """Yield events by where they stand, in the order of their numbers."""
        for at in range(0, len(places), _AT_ONCE):
            some = places[at : at + _AT_ONCE]
            where = [keys.of_session(tenant, one.session) for one in some]
            entries = await self._server.ask(scripts.STORED, where, *(one.number for one in some))
            found = zip(some, entries, strict=True)
            events = await self._events([(tenant, one.session, entry) for one, entry in found])
            for one, (_, event) in zip(some, events, strict=True):
                yield Stored(one.number, one.session, event)

    async def _events(self, found: Sequence[tuple[str, str, Sequence[Any]]]) -> list[Numbered]:
        """Return events of what stands in streams, each with its tenant and session."""
        rows = [keys.event_row(*one) for one in found]
        events = await self._sealed.events(rows)
        return [(row["number"], event) for row, event in zip(rows, events, strict=True)]


class RedisTurn(RedisReading):
    """Tells what is stored to who holds locks, and stores more while they are held."""

    def __init__(self, store: RedisStore, sealed: Sealed, lease: Lease) -> None:
        super().__init__(store.server, sealed)
        self._store = store
        self._lease = lease

    async def store(self, kept: Kept) -> None:
        """Store what happened: in Redis's memory, on its disk, and only with every lock."""
        if not kept:
            await self._server.ask(scripts.END, self._lease.locks, self._lease.token)
            self._lease.given_back = True
            return
        rows = *({**one, "session": one["id"]} for one in kept.opened), *kept.events
        tenant, name = rows[0]["tenant"], rows[0]["session"]
        owner = Owner(tenant, rows[0]["subject"], rows[0]["agent"])
        where = [keys.of_session(tenant, name), *keys.of_windows(owner), keys.of_owner(owner)]
        opened = keys.opened_as(kept.opened[0]) if kept.opened else ("", 0)
        happened = [part for one in kept.events for part in keys.event_as(one)]
        told = self._lease.token, *opened, *happened
        await self._do(scripts.STORE, where, *told)

    async def close(
        self,
        tenant: str,
        name: str,
        at: datetime,
        left: Sequence[tuple[int | None, Row]],
        along: Along,
    ) -> None:
        """Write what is left of a session in place of all that happened in it."""
        found = await self.find(tenant, name)
        if found is None:
            raise NotKept("there is no such session")
        if not any(number for number, _ in left) and await self.weight(tenant, name):
            raise NotKept("what nobody can open any more cannot be told apart here")
        where = [keys.of_session(tenant, name), *keys.of_windows(found.owner)]
        told = [
            part
            for number, row in left
            for part in (
                number or 0,
                row["id"],
                str(row["kind"]),
                keys.moment(row["at"]),
                row["body"],
            )
        ]
        closed = keys.closed_as(found, at)
        await along.first()
        await self._do(scripts.CLOSE, where, self._lease.token, closed, BESIDE, *told)

    async def _do(self, script: str, where: Sequence[str], *told: Any) -> None:
        """Change what is stored, as long as every lock is held."""
        try:
            number = await self._server.store_on_disk(script, [*where, *self._lease.locks], *told)
        except SessionsLost as error:
            raise NotKept(str(error)) from error
        self._lease.given_back = True
        await self._store.noted(number)

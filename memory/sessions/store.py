"""What sessions ask of the store that keeps them: one shape, for a database and for Redis."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl import syntax
from dsl.errors import DrawbarError
from memory.adding import add
from memory.records.steps import Along
from memory.sessions.events import Event
from memory.sessions.session import Owner
from memory.tables import evidence, session_events, sessions

Row = Mapping[str, Any]  # to be stored
Numbered = tuple[int, Event]


class SessionsLost(DrawbarError):
    """The store no longer holds what happened in sessions, so nothing can be counted."""


class NotKept(OSError):
    """What happened could not be stored, or nobody knows whether it was."""


class Kept(Struct, frozen=True):
    """What a turn leaves to be stored: its session, if it opened it, and what happened.

    And the evidence of what was decided, which is stored with the record in any case.
    """

    opened: Sequence[Row] = ()
    events: Sequence[Row] = ()
    evidence: Sequence[Row] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything to store."""
        return bool(self.opened or self.events or self.evidence)

    async def store(self, connection: AsyncConnection) -> None:
        """Store it in a transaction."""
        await add(connection, sessions, self.opened)
        await add(connection, session_events, self.events)
        await add(connection, evidence, self.evidence)


NOTHING_KEPT: Final = Kept()


def together(parts: Sequence[Kept]) -> Kept:
    """Return what several turns leave."""
    return Kept(
        [row for one in parts for row in one.opened],
        [row for one in parts for row in one.events],
        [row for one in parts for row in one.evidence],
    )


class Whose(NamedTuple):
    """Whose calls are counted together: those of a subject, an agent or a tenant."""

    tenant: str
    per: syntax.Per
    name: str | None


class Place(NamedTuple):
    """Where an event stands."""

    number: int
    session: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as it stands in the store."""

    number: int
    session: str
    event: Event


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as it was opened."""

    owner: Owner
    at: datetime
    closed_at: datetime | None = None

    def row(self, name: str) -> Row:
        """Return it as it is stored."""
        owner = self.owner
        whose = {"tenant": owner.tenant, "subject": owner.subject, "agent": owner.agent}
        return {**whose, "id": name, "opened_at": self.at}


class Reading(Protocol):
    """Tells what is stored."""

    async def find(self, tenant: str, name: str) -> Opened | None:
        """Return a session that was opened."""

    async def weight(self, tenant: str, name: str) -> int:
        """Return how many bytes it takes to know a session."""

    async def last(self) -> Event | None:
        """Return what happened last in any session."""

    async def events(self, tenant: str, name: str, after: int) -> Sequence[Numbered]:
        """Return what happened in a session, from an event on."""

    async def narrowings(self, tenant: str, name: str) -> Sequence[Numbered]:
        """Return the rules that were added to a session."""

    async def weights(self, whose: Whose, since: datetime, most: int) -> tuple[int, int]:
        """Return how many events tell of the calls of a window, and what knowing them takes.

        Of a window with more than `most` events that much alone is told.
        """

    async def places(self, whose: Whose, since: datetime, above: int) -> Sequence[Place]:
        """Return which events tell of the calls of a window, with numbers above one."""

    def stored(self, tenant: str, places: Sequence[Place]) -> AsyncIterator[Stored]:
        """Yield events by where they stand, in the order of their numbers."""


class Holding(Reading, Protocol):
    """Tells what is stored to somebody who has sessions and windows alone."""

    async def store(self, kept: Kept) -> None:
        """Store what happened while they are held: all of it, or nothing and a fault.

        Where nothing happened, it is a fault as well if they are not held any more.
        """


@runtime_checkable
class Closes(Protocol):
    """Deletes a session while it is held. A store that cannot is asked for nothing."""

    async def close(
        self,
        tenant: str,
        name: str,
        at: datetime,
        left: Sequence[tuple[int | None, Row]],
        along: Along,
    ) -> None:
        """Keep of what happened in a session what is left of it, and refuse its name for good.

        An event that was stored before has its number.
        """


class SessionStore(Protocol):
    """Keeps sessions and what happened in them.

    A fault of it is one of `memory.database.FAULTS`, or `SessionsLost` where it holds less than
    it was given.
    """

    @property
    def shared(self) -> bool:
        """Tell whether other gateways may write to it."""

    def with_records(self, names: Sequence[str]) -> bool:
        """Tell whether what happens in a turn with these locks is stored with its record."""

    def read(self) -> AbstractAsyncContextManager[Reading]:
        """Read without holding anything."""

    def hold(self, names: Sequence[str]) -> AbstractAsyncContextManager[Holding]:
        """Hold locks by their names against every gateway, and read and store meanwhile."""

    async def answers(self) -> bool:
        """Tell whether it can be asked right now."""

    async def close(self) -> None:
        """Let go of what it holds open."""

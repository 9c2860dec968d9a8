"""Sessions and their events in the store."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, insert, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl import syntax
from memory.sealing import Sealer
from memory.sessions.events import BESIDE, Event, Kind, event
from memory.sessions.session import Owner
from memory.tables import session_events, sessions

_AT_ONCE: Final = 500
_EVENT: Final = session_events.c
_WEIGHT: Final = func.coalesce(func.sum(func.length(_EVENT.body) + BESIDE), 0)

Row = Mapping[str, Any]  # to be stored


@dataclass(frozen=True, slots=True)
class Kept:
    """What a turn leaves to be stored: its session, if it opened it, and what happened."""

    opened: Sequence[Row] = ()
    events: Sequence[Row] = ()

    def __bool__(self) -> bool:
        """Tell whether there is anything to store."""
        return bool(self.opened or self.events)

    async def store(self, connection: AsyncConnection) -> None:
        """Store it in a transaction."""
        if self.opened:
            await connection.execute(insert(sessions), self.opened)
        if self.events:
            await connection.execute(insert(session_events), self.events)


NOTHING_KEPT: Final = Kept()


def together(parts: Sequence[Kept]) -> Kept:
    """Return what several turns leave."""
    return Kept(
        [row for one in parts for row in one.opened], [row for one in parts for row in one.events]
    )


class Whose(NamedTuple):
    """Whose calls are counted together: those of a subject, an agent or a tenant."""

    tenant: str
    per: syntax.Per
    name: str | None


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


class SessionStore:
    """Reads sessions and makes their rows; what was said in them is sealed."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    async def find(self, connection: AsyncConnection, tenant: str, name: str) -> Opened | None:
        """Return a session that was opened."""
        column = sessions.c
        query = select(sessions).where(column.tenant == tenant, column.id == name)
        row = (await connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        owner = Owner(tenant, row["subject"], row["agent"])
        return Opened(owner, row["opened_at"], row["closed_at"])

    async def weight(self, connection: AsyncConnection, tenant: str, name: str) -> int:
        """Return how many bytes it takes to know a session."""
        query = select(_WEIGHT).where(*_of(tenant, name))
        return int((await connection.execute(query)).scalar_one())

    async def last(self, connection: AsyncConnection) -> Event | None:
        """Return what happened last in any session."""
        query = select(session_events).order_by(_EVENT.number.desc()).limit(1)
        row = (await connection.execute(query)).mappings().one_or_none()
        return None if row is None else self._event(row)

    async def events(
        self, connection: AsyncConnection, tenant: str, name: str, after: int
    ) -> list[tuple[int, Event]]:
        """Return what happened in a session, from an event on."""
        query = select(session_events).where(*_of(tenant, name), _EVENT.number > after)
        return await self._read(connection, query)

    async def narrowings(
        self, connection: AsyncConnection, tenant: str, name: str
    ) -> list[tuple[int, Event]]:
        """Return the rules that were added to a session."""
        query = select(session_events).where(*_of(tenant, name), _EVENT.kind == Kind.NARROWED)
        return await self._read(connection, query)

    async def weights(
        self, connection: AsyncConnection, whose: Whose, since: datetime
    ) -> tuple[int, int]:
        """Return how many events tell of the calls of a window, and what knowing them takes."""
        query = select(func.count(), _WEIGHT).where(*_window(whose, since))
        number, weight = (await connection.execute(query)).one()
        return int(number), int(weight)

    async def numbers(
        self, connection: AsyncConnection, whose: Whose, since: datetime, above: int
    ) -> Sequence[int]:
        """Return which events tell of the calls of a window."""
        query = select(_EVENT.number).where(*_window(whose, since), _EVENT.number > above)
        return (await connection.execute(query.order_by(_EVENT.number))).scalars().all()

    async def numbered(
        self, connection: AsyncConnection, numbers: Sequence[int]
    ) -> AsyncIterator[Stored]:
        """Yield events by their numbers, in their order."""
        for at in range(0, len(numbers), _AT_ONCE):
            wanted = _EVENT.number.in_(numbers[at : at + _AT_ONCE])
            query = select(session_events).where(wanted).order_by(_EVENT.number)
            for row in (await connection.execute(query)).mappings():
                yield Stored(row["number"], row["session"], self._event(row))

    def rows(self, owner: Owner, name: str, happened: Sequence[Event]) -> list[Row]:
        """Return events as they are stored."""
        return [
            {
                "tenant": owner.tenant,
                "session": name,
                "id": one.id,
                "subject": owner.subject,
                "agent": owner.agent,
                "at": one.at,
                "kind": one.kind,
                "body": self._sealer.seal(one.content, _place(owner.tenant, name, one.id)),
            }
            for one in happened
        ]

    async def _read(
        self, connection: AsyncConnection, query: Select[Any]
    ) -> list[tuple[int, Event]]:
        rows = (await connection.execute(query.order_by(_EVENT.number))).mappings()
        return [(row["number"], self._event(row)) for row in rows]

    def _event(self, row: RowMapping) -> Event:
        place = _place(row["tenant"], row["session"], row["id"])
        return event(row["id"], Kind(row["kind"]), row["at"], self._sealer.open(row["body"], place))


def _of(tenant: str, name: str) -> tuple[Any, ...]:
    return _EVENT.tenant == tenant, _EVENT.session == name


def _window(whose: Whose, since: datetime) -> list[Any]:
    """Select what happened to calls from a time on."""
    wanted = [_EVENT.tenant == whose.tenant, _EVENT.at >= since, _EVENT.kind != Kind.SAID]
    if whose.per == "subject":
        wanted.append(_EVENT.subject == whose.name)
    elif whose.per == "agent":
        wanted.append(_EVENT.agent == whose.name)
    return wanted


def _place(tenant: str, session: str, event_id: str) -> str:
    return f"{tenant}\n{session}\n{event_id}"

"""Sessions and their events in the store."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl import syntax
from memory.database import Database
from memory.sealing import Sealer
from memory.sessions.events import Event, Kind, event
from memory.sessions.session import Owner
from memory.tables import session_events, sessions

MOST_EVENTS: Final = 20_000  # of a wider window; what is more is not counted but unknown
_EVENT: Final = session_events.c


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as it was opened."""

    owner: Owner
    at: datetime
    closed_at: datetime | None = None


class SessionStore:
    """Reads and writes sessions; what was said in them is sealed."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
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

    async def open(self, owner: Owner, name: str, at: datetime) -> None:
        """Open a session, unless another gateway just did."""
        row = {"id": name, "tenant": owner.tenant, "subject": owner.subject, "agent": owner.agent}
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(sessions).values(**row, opened_at=at))
        except IntegrityError:
            return

    async def events(
        self, connection: AsyncConnection, tenant: str, name: str, after: int
    ) -> list[tuple[int, Event]]:
        """Return what happened in a session, from an event on."""
        query = select(session_events).where(
            _EVENT.tenant == tenant, _EVENT.session == name, _EVENT.number > after
        )
        rows = (await connection.execute(query.order_by(_EVENT.number))).mappings()
        return [(row["number"], self._event(row)) for row in rows]

    async def calls(
        self, connection: AsyncConnection, owner: Owner, per: syntax.Per, since: datetime
    ) -> list[tuple[str, Event]] | None:
        """Return what happened to the calls of a wider window; None if that is too much."""
        query = select(session_events).where(
            _EVENT.tenant == owner.tenant, _EVENT.at >= since, _EVENT.kind != Kind.SAID
        )
        if per == "subject":
            query = query.where(_EVENT.subject == owner.subject)
        elif per == "agent":
            query = query.where(_EVENT.agent == owner.agent)
        query = query.order_by(_EVENT.number).limit(MOST_EVENTS + 1)
        rows = (await connection.execute(query)).mappings().all()
        if len(rows) > MOST_EVENTS:
            return None
        return [(row["session"], self._event(row)) for row in rows]

    def rows(self, owner: Owner, name: str, happened: Iterable[Event]) -> list[dict[str, Any]]:
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
                "body": self._sealer.seal(one.content(), _place(owner.tenant, name, one.id)),
            }
            for one in happened
        ]

    def _event(self, row: Any) -> Event:
        place = _place(row["tenant"], row["session"], row["id"])
        return event(row["id"], Kind(row["kind"]), row["at"], self._sealer.open(row["body"], place))


def _place(tenant: str, session: str, event_id: str) -> str:
    return f"{tenant}\n{session}\n{event_id}"

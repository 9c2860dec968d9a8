"""Makes rows of events and events of rows: what was said in them is sealed."""

from collections.abc import Mapping, Sequence
from typing import Any

from memory.sealing import Sealer
from memory.sessions.events import Event, Kind, event
from memory.sessions.session import Owner
from memory.sessions.store import Row


class Sealed:
    """Seals what happened for one place in one session, and opens it there."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

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

    def event(self, row: Mapping[Any, Any]) -> Event:
        """Return an event as it was before it was stored."""
        place = _place(row["tenant"], row["session"], row["id"])
        return event(row["id"], Kind(row["kind"]), row["at"], self._sealer.open(row["body"], place))


def _place(tenant: str, session: str, event_id: str) -> str:
    return f"{tenant}\n{session}\n{event_id}"

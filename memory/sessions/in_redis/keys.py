"""Names things in Redis, and reads events as they stand there."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from memory.sessions.events import BESIDE
from memory.sessions.following import Lately
from memory.sessions.session import Owner
from memory.sessions.store import Opened, Row, Whose

PREFIX: Final = "drawbar:"
INDEX: Final = f"{PREFIX}index"
_SESSION: Final = f"{PREFIX}session\n"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)


def of_session(tenant: str, name: str) -> str:
    """Return the key of what happened in a session."""
    return f"{_SESSION}{tenant}\n{name}"


def session_of(key: str) -> tuple[str, str]:
    """Return the tenant and the name of the session that has a key."""
    tenant, _, name = key.removeprefix(_SESSION).partition("\n")
    return tenant, name


def of_window(whose: Whose) -> str:
    """Return the key of the calls that are counted together."""
    return f"{PREFIX}window\n{whose.per}\n{whose.tenant}\n{_named(whose.name)}"


def of_owner(owner: Owner) -> str:
    """Return the key of the sessions that somebody opened."""
    return f"{PREFIX}owner\n{owner.tenant}\n{_named(owner.subject)}\n{_named(owner.agent)}"


def _named(name: str | None) -> str:
    return "-" if name is None else f"+{name}"


def of_windows(owner: Owner) -> list[str]:
    """Return the keys of all windows that somebody's calls fall into."""
    tenant = owner.tenant
    return [
        of_window(Whose(tenant, "subject", owner.subject)),
        of_window(Whose(tenant, "agent", owner.agent)),
        of_window(Whose(tenant, "tenant", None)),
    ]


def of_locks(names: Sequence[str]) -> list[str]:
    """Return the keys of locks."""
    return [f"{PREFIX}lock\n{name}" for name in names]


def of_queues(names: Sequence[str]) -> list[str]:
    """Return the keys that say who is the next to have a lock."""
    return [f"{PREFIX}next\n{name}" for name in names]


def moment(at: datetime) -> int:
    """Return a time in microseconds."""
    return (at - _EPOCH) // _MICRO


def opened_as(row: Row) -> tuple[str, int]:
    """Return a session as it is written down when it is opened, and when that is."""
    at = moment(row["opened_at"])
    return json.dumps([row["subject"], row["agent"], at]), at


def opened(tenant: str, written: bytes) -> Opened:
    """Return a session as it was opened."""
    subject, agent, at, *ended = json.loads(written)
    closed_at = _EPOCH + ended[0] * _MICRO if ended else None
    return Opened(Owner(tenant, subject, agent), _EPOCH + at * _MICRO, closed_at)


def closed_as(found: Opened, at: datetime) -> str:
    """Return a session as it is written down when it is deleted."""
    ended = at if found.closed_at is None else found.closed_at
    times = [moment(found.at), moment(ended)]
    return json.dumps([found.owner.subject, found.owner.agent, *times])


def lately(entry: Sequence[bytes], tenant: str) -> Lately:
    """Return a session as it was opened, and when something happened in it last."""
    key, written, at = entry
    found = opened(tenant, written)
    since, closed = found.at, found.closed_at is not None
    last = _EPOCH + int(at) * _MICRO if at else since
    return Lately(session_of(key.decode())[1], since, max(since, last), closed=closed)


def event_as(row: Row) -> list[Any]:
    """Return an event as the script takes it."""
    body = row["body"]
    return [row["id"], str(row["kind"]), moment(row["at"]), body, len(body) + BESIDE]


def event_row(tenant: str, session: str, entry: Sequence[Any]) -> dict[str, Any]:
    """Return an event as it stands in its stream."""
    place, fields = entry
    found = dict(zip(fields[::2], fields[1::2], strict=True))
    return {
        "number": int(place.partition(b"-")[0]),
        "tenant": tenant,
        "session": session,
        "id": found[b"id"].decode(),
        "kind": found[b"kind"].decode(),
        "at": _EPOCH + int(found[b"at"]) * _MICRO,
        "body": found[b"body"],
    }

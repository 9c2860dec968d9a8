"""Finds the open session of a subject and an agent, for a seat that was told of none."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from dsl import strictjson
from memory.sealing import derived
from memory.sessions.following import Lately, TellsLately
from memory.sessions.session import Owner, Session
from memory.sessions.store import NotKept, Reading


@runtime_checkable
class TellsActive(TellsLately, Protocol):
    """Tells in which sessions something happened lately."""

    async def active(self, owner: Owner, since: datetime) -> Sequence[Lately]:
        """Return the sessions of somebody in which something happened from a time on.

        Of very many some are told.
        """


@dataclass(frozen=True, slots=True)
class Lasting:
    """The sessions of a subject and an agent that are open, and the newest that ever was."""

    open: Sequence[str]
    newest: str | None


@dataclass(frozen=True, slots=True)
class Bounds:
    """When a session is over: after so long without anything, or with more than so many bytes."""

    idle: timedelta
    full: int


async def lasting(
    reading: Reading, owner: Owner, now: datetime, bounds: Bounds, known: Iterable[Session]
) -> Lasting:
    """Return which sessions are open, two at most; `known` are some as they are in memory."""
    if not isinstance(reading, TellsActive):
        raise NotKept("this store of sessions cannot tell which are open")
    stored = [*await reading.lately(owner, 1), *await reading.active(owner, now - bounds.idle)]
    found = {one.name: one for one in (*stored, *(_lately(one) for one in known))}
    still: list[str] = []
    for name in (name for name, one in found.items() if _is_open(one, now, bounds.idle)):
        if await reading.weight(owner.tenant, name) <= bounds.full:
            still.append(name)
        if len(still) > 1:  # how many more there are does not matter
            break
    return Lasting(still, _newest(found.values()))


def _lately(one: Session) -> Lately:
    return Lately(one.name or "", one.opened_at, one.last_at, one.closed)


def _is_open(one: Lately, now: datetime, idle: timedelta) -> bool:
    return not one.closed and now - one.last_at <= idle


def _newest(found: Iterable[Lately]) -> str | None:
    names = [(one.opened_at, one.name) for one in found]
    return max(names)[1] if names else None


class Names:
    """Names the next session of a subject and an agent.

    Seats that ask at once, at whichever gateway, are given one name, and so one session; nobody
    else can guess it. All gateways of a store have one key.
    """

    def __init__(self, root: bytes) -> None:
        self._key = derived(root, "session names")

    def after(self, owner: Owner, newest: str | None) -> str:
        """Return the name of the session that follows the newest one."""
        about = [owner.tenant, owner.subject, owner.agent, newest]
        written = strictjson.canonical(about).encode()
        return "s_" + hmac.digest(self._key, written, "sha256").hex()[:32]

"""Deletes a session: what was said and given back in it is gone, and its calls count on."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from memory.evidence.key import ErasedError
from memory.records.steps import Along
from memory.sessions import events
from memory.sessions.events import Event
from memory.sessions.sealed import Sealed
from memory.sessions.session import Owner
from memory.sessions.store import Closes, Holding, NotKept, Numbered, Row


async def delete(  # noqa: PLR0913 - what is deleted, and what happens along with it
    holding: Holding, sealed: Sealed, tenant: str, name: str, now: datetime, *, along: Along
) -> bool:
    """Delete a session that is held; tell whether there was one."""
    if not isinstance(holding, Closes):
        raise NotKept("this store of sessions cannot delete any")
    found = await holding.find(tenant, name)
    if found is None:
        return False
    await sealed.ready(found.owner)
    happened: Sequence[Numbered] = ()
    with suppress(ErasedError):  # then nobody can open what happened: it is gone already
        happened = await holding.events(tenant, name, 0)
    closed = None if found.closed_at is not None else events.closed(now)
    left = await asyncio.to_thread(_left_of, sealed, found.owner, name, happened, closed)
    await holding.close(tenant, name, now, left, along)
    return True


def _left_of(
    sealed: Sealed, owner: Owner, name: str, happened: Sequence[Numbered], closed: Event | None
) -> Sequence[tuple[int | None, Row]]:
    """Return what is left of a session, by its numbers; that it was deleted has none yet."""
    counted = events.counted([one for _, one in happened])
    numbers = {one.id: number for number, one in happened}
    rows = sealed.rows(owner, name, [*counted, *([closed] if closed else [])])
    return [(numbers.get(row["id"]), row) for row in rows]

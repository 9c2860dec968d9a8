"""Keeps who is frozen. Every gateway on the store is told of a change, in its transaction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl.errors import DrawbarError
from memory.announcing.announce import Topic, announce
from memory.database import Database, add_once
from memory.ids import new_id
from memory.records.act import Actor, What, act
from memory.records.acting import note
from memory.scopes import DEFAULT_TENANT
from memory.tables import freezes

LONGEST_REASON: Final = 500
MOST_OF_A_TENANT: Final = 1_000  # that it froze itself: each gateway holds them all in memory


class TooManyFreezes(DrawbarError):
    """A tenant froze as many of its own as it may."""


class Kind(StrEnum):
    """Who may be frozen."""

    AGENT = "agent"
    SUBJECT = "subject"
    TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class Freeze:
    """One that is frozen, since when, and why; of a whole tenant `name` is its own.

    What the operator froze (`set_by` is the operator's tenant), only the operator thaws.
    """

    id: str
    tenant: str
    kind: Kind
    name: str
    reason: str
    at: datetime
    who: str
    set_by: str = DEFAULT_TENANT

    @property
    def said(self) -> str:
        """Say who is frozen."""
        return who_is_frozen(self.kind, self.name, self.id)


def who_is_frozen(kind: Kind, name: str, freeze: str) -> str:
    """Say who is frozen, and by which freeze; why is not the agent's to know."""
    return f"the {kind} `{name}` is frozen ({freeze})"


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is to be frozen or thawed, and in which tenant."""

    tenant: str
    kind: Kind
    name: str


_DONE: Final = {
    Kind.AGENT: (What.AGENT_FROZEN, What.AGENT_THAWED),
    Kind.SUBJECT: (What.SUBJECT_FROZEN, What.SUBJECT_THAWED),
    Kind.TENANT: (What.TENANT_FROZEN, What.TENANT_THAWED),
}


class Freezes:
    """Who is frozen in a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, tenant: str | None = None) -> Sequence[Freeze]:
        """Return who is frozen, the newest first; with a tenant, who of it."""
        found = select(freezes).order_by(freezes.c.id.desc())
        if tenant is not None:
            found = found.where(freezes.c.tenant == tenant)
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).mappings().all()
        return [_read(row) for row in rows]

    async def freeze(
        self, whom: Whom, reason: str, now: datetime, by: Actor, set_by: str = DEFAULT_TENANT
    ) -> Freeze:
        """Freeze somebody, and return how they are frozen now; once is enough.

        Raises `TooManyFreezes` where a tenant froze many of its own already.
        """
        made = Freeze(
            new_id("frz", now), whom.tenant, whom.kind, whom.name, reason, now, by.who, set_by
        )
        async with self._database.write() as connection:
            while not await add_once(connection, freezes, asdict(made)):
                before = await self._frozen(connection, whom)
                if before is None:  # thawed since
                    continue
                if not _takes_over(made, before):
                    return before
                await _take_over(connection, whom, made)
                break
            await self._check_number(connection, made)
            await announce(connection, Topic.FREEZES)
            what = _DONE[whom.kind][0]
            await note(connection, _act(what, made, by, now, {"reason": reason}))
        return made

    async def thaw(
        self, whom: Whom, now: datetime, by: Actor, set_by: str = DEFAULT_TENANT
    ) -> Freeze | None:
        """Thaw somebody; None where nobody is frozen, or not by the tenant that thaws."""
        async with self._database.write() as connection:
            gone = delete(freezes).where(*_is(whom)).returning(freezes)
            if set_by != DEFAULT_TENANT:
                gone = gone.where(freezes.c.set_by == set_by)
            row = (await connection.execute(gone)).mappings().one_or_none()
            if row is None:
                return None
            thawed = _read(row)
            await announce(connection, Topic.FREEZES)
            what = _DONE[whom.kind][1]
            await note(connection, _act(what, thawed, by, now, {"frozen": thawed.id}))
        return thawed

    async def _check_number(self, connection: AsyncConnection, made: Freeze) -> None:
        if made.set_by == DEFAULT_TENANT:
            return
        own = select(func.count()).where(freezes.c.set_by == made.set_by)
        if (await connection.execute(own)).scalar_one() > MOST_OF_A_TENANT:
            message = f"this tenant froze {MOST_OF_A_TENANT} already; thaw some of them first"
            raise TooManyFreezes(message)

    async def _frozen(self, connection: AsyncConnection, whom: Whom) -> Freeze | None:
        """Return how somebody is frozen, and hold it: who thaws them waits for this transaction."""
        held = select(freezes).where(*_is(whom)).with_for_update()
        found = (await connection.execute(held)).mappings().one_or_none()
        return None if found is None else _read(found)


def _is(whom: Whom) -> tuple[Any, ...]:
    return (
        freezes.c.tenant == whom.tenant,
        freezes.c.kind == str(whom.kind),
        freezes.c.name == whom.name,
    )


def _takes_over(made: Freeze, before: Freeze) -> bool:
    """Tell whether the operator freezes what a tenant froze itself, and could thaw."""
    return made.set_by == DEFAULT_TENANT and before.set_by != DEFAULT_TENANT


async def _take_over(connection: AsyncConnection, whom: Whom, made: Freeze) -> None:
    await connection.execute(update(freezes).where(*_is(whom)).values(asdict(made)))


def _act(what: What, one: Freeze, by: Actor, now: datetime, details: dict[str, Any]) -> Any:
    subject = one.name if one.kind is Kind.SUBJECT else None
    return act(what, by, now, one.tenant, about=one.name, subject=subject, details=details)


def _read(row: Any) -> Freeze:
    return Freeze(**{**row, "kind": Kind(row["kind"])})

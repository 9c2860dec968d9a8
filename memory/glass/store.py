"""Keeps glass: what is asked, confirmed and ended, each with its act, in one transaction.

Every gateway on the store is told of a change. What a row says counts by its seal alone: whoever
can write to the store, and has no key of its gateways, breaks nothing.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.announcing.announce import Topic, announce
from memory.database import Database
from memory.glass.glass import CONFIRMED_WITHIN, Glass, GlassFault, NoGlass, State, TooMuchGlass
from memory.glass.glass import glass as read_glass
from memory.glass.people import Confirming, refuse_same_person
from memory.publishing.draft import Who
from memory.records.act import Actor, By, What, act
from memory.records.acting import note
from memory.records.steps import Step
from memory.revisions.store import UNREADABLE
from memory.scopes import DEFAULT_TENANT
from memory.sealing import derived
from memory.tables import glass

Telling = Callable[[Glass], Sequence[Step]]  # what is told of what was broken
MOST_OPEN: Final = 10  # that wait or are broken at once; each gateway holds them in memory
_COLUMN: Final = glass.c


@dataclass(frozen=True, slots=True)
class Kept:
    """Glass as a store keeps it.

    `sealed` says whether its words are those of a gateway; None: nobody here can tell.
    """

    glass: Glass
    stored: State
    sealed: bool | None
    ended_at: datetime | None = None
    ended_by: str | None = None

    def state(self, now: datetime) -> State:
        """Say what became of it by now."""
        if self.stored in (State.ASKED, State.BROKEN) and self.sealed is False:
            return State.VOID
        if self.stored is State.ASKED and now >= self.glass.confirm_by:
            return State.LAPSED
        if self.stored is State.BROKEN and now >= self.glass.until:
            return State.OVER
        return self.stored


class Glasses:
    """The glass of a store. Without the key of its gateways nothing is asked or confirmed."""

    def __init__(self, database: Database, root: bytes | None = None) -> None:
        self._database = database
        self._key = None if root is None else derived(root, "broken glass")

    async def newest(self, most: int, before: str | None = None) -> list[Kept]:
        """Return what was asked, the newest first; with a name, what was asked before that."""
        query = select(glass).order_by(_COLUMN.id.desc()).limit(most)
        return await self._found(query if before is None else query.where(_COLUMN.id < before))

    async def broken(self) -> list[Kept]:
        """Return what is broken, also where its time has come, the newest first."""
        query = select(glass).where(_COLUMN.status == str(State.BROKEN))
        return await self._found(query.order_by(_COLUMN.id.desc()))

    async def get(self, name: str) -> Kept:
        """Return one."""
        found = await self._found(select(glass).where(_COLUMN.id == name))
        if not found:
            raise NoGlass("there is no such glass")
        return found[0]

    async def ask(self, wanted: Glass, now: datetime) -> Glass:
        """Let it wait for another person."""
        row = {"id": wanted.id, "status": str(State.ASKED), "asked_at": now, "until": wanted.until}
        row |= self._written(wanted, State.ASKED)
        async with self._database.write() as connection:
            await announce(connection, Topic.GLASS)  # holds back whoever asks meanwhile
            await _check_number(connection, now)
            await connection.execute(insert(glass).values(row))
            await note(connection, _act(What.GLASS_ASKED, wanted, wanted.asked_by, now))
        return wanted

    async def confirm(
        self, kept: Kept, by: Confirming, now: datetime, told: Telling = lambda _: ()
    ) -> Glass:
        """Break it, on the word of another person; raises, and changes nothing, on any doubt."""
        asked = kept.glass
        if kept.state(now) is State.VOID:
            raise GlassFault("what waits under this name was changed")
        if kept.state(now) is not State.ASKED:
            raise NoGlass("nothing waits under this name")
        refuse_same_person(asked, by)
        broken = replace(asked, confirmed_at=now, confirmed_by=by.who)
        values = {"status": str(State.BROKEN), **self._written(broken, State.BROKEN)}
        async with self._database.write() as connection:
            await _change(connection, asked.id, (State.ASKED,), values)
            await announce(connection, Topic.GLASS)
            for step in told(broken):
                await step.take(connection)
            await note(connection, _act(What.GLASS_BROKEN, broken, by.who, now))
        return broken

    async def refuse(self, asked: Glass, by: Who, why: str, now: datetime) -> None:
        """Note that somebody could not confirm it."""
        async with self._database.write() as connection:
            await note(connection, _act(What.GLASS_REFUSED, asked, by, now, why=why))

    async def end(
        self, kept: Kept, by: Actor, now: datetime, steps: Sequence[Step] = (), **told: str
    ) -> None:
        """End it, or take back what waits; one person is enough, as that is stricter again."""
        if kept.state(now) not in (State.ASKED, State.BROKEN, State.VOID):
            raise NoGlass("nothing waits or is broken under this name")
        values = {"status": str(State.ENDED), "ended_at": now, "ended_by": by.who}
        async with self._database.write() as connection:
            await _change(connection, kept.glass.id, (State.ASKED, State.BROKEN), values)
            await announce(connection, Topic.GLASS)
            for step in steps:
                await step.take(connection)
            await note(connection, _ended(What.GLASS_ENDED, kept.glass, by, now, told))

    async def lapse(self, kept: Kept, by: str, now: datetime, steps: Sequence[Step] = ()) -> bool:
        """Note that its time has come; of several gateways one alone does, and is told so."""
        values = {"status": str(State.OVER), "ended_at": kept.glass.until}
        gone = update(glass).where(_COLUMN.id == kept.glass.id, _COLUMN.until <= now)
        gone = gone.where(_COLUMN.status == str(State.BROKEN)).values(values)
        async with self._database.write() as connection:
            if (await connection.execute(gone)).rowcount == 0:
                return False
            await announce(connection, Topic.GLASS)
            for step in steps:
                await step.take(connection)
            actor = Actor(By.GATEWAY, by)
            await note(connection, _ended(What.GLASS_OVER, kept.glass, actor, now, {}))
        return True

    async def _found(self, query: Any) -> list[Kept]:
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [self._kept(row) for row in rows]

    def _kept(self, row: RowMapping) -> Kept:
        status, found = State(row["status"]), _of(row)
        if found is None:
            left = _unreadable(row)
            return Kept(
                left, status, sealed=False, ended_at=row["ended_at"], ended_by=row["ended_by"]
            )
        of = status if status in (State.ASKED, State.BROKEN) else None
        sealed = None if self._key is None or of is None else self._is_sealed(row, of)
        return Kept(found, status, sealed, row["ended_at"], row["ended_by"])

    def _is_sealed(self, row: RowMapping, of: State) -> bool:
        seal = self._seal(row["content"], of)
        return hmac.compare_digest(row["seal"].encode(), seal.encode())

    def _written(self, one: Glass, state: State) -> Mapping[str, str]:
        if self._key is None:
            raise GlassFault("only a gateway asks for it and confirms it")
        content = one.content()
        return {"content": content, "seal": self._seal(content, state)}

    def _seal(self, content: str, state: State) -> str:
        if self._key is None:
            return ""
        return hmac.digest(self._key, f"{state}\n{content}".encode(), "sha256").hex()


def _of(row: RowMapping) -> Glass | None:
    """Return the glass of a row; None where no gateway of this version can have written it."""
    try:
        found = read_glass(row["content"])
    except UNREADABLE:
        return None
    return found if (found.id, found.until) == (row["id"], row["until"]) else None


def _unreadable(row: RowMapping) -> Glass:
    """Return what can be listed, and ended, of a row that nobody can read."""
    told: dict[str, Any] = dict.fromkeys(("policy", "stand_in", "stand_in_digest", "reason"), "?")
    told |= {name: row[name] for name in ("id", "asked_at", "until")}
    return Glass(**told, tenant=None, asked_by=Who("?", "?"))


async def _check_number(connection: AsyncConnection, now: datetime) -> None:
    """Refuse more than may wait or be broken at once."""
    waits = and_(_COLUMN.status == str(State.ASKED), _COLUMN.asked_at > now - CONFIRMED_WITHIN)
    lasts = and_(_COLUMN.status == str(State.BROKEN), _COLUMN.until > now)
    number = await connection.execute(select(func.count()).where(or_(waits, lasts)))
    if number.scalar_one() >= MOST_OPEN:
        raise TooMuchGlass(f"{MOST_OPEN} wait or are broken already; end some of them first")


async def _change(
    connection: AsyncConnection, name: str, before: Sequence[State], values: Mapping[str, Any]
) -> None:
    """Change what is still as it was: of two who cross, the later one finds nothing."""
    change = update(glass).where(_COLUMN.id == name, _COLUMN.status.in_([str(o) for o in before]))
    if (await connection.execute(change.values(values))).rowcount == 0:
        raise NoGlass("nothing waits or is broken under this name")


def _act(what: What, one: Glass, by: Who, now: datetime, **told: str) -> Any:
    actor = Actor(By.API_KEY, by.key)
    return act(
        what, actor, now, DEFAULT_TENANT, about=one.id, subject=by.subject, details=_told(one, told)
    )


def _ended(what: What, one: Glass, by: Actor, now: datetime, told: Mapping[str, str]) -> Any:
    subject = told.get("subject")
    rest = {name: value for name, value in told.items() if name != "subject"}
    return act(
        what, by, now, DEFAULT_TENANT, about=one.id, subject=subject, details=_told(one, rest)
    )


def _told(one: Glass, told: Mapping[str, str]) -> dict[str, Any]:
    """Say in an act what the glass is, so that the chain tells it without the row."""
    members = {"policy": one.policy, "stand_in": one.stand_in, "digest": one.digest}
    members |= {"until": one.until.isoformat(), "reason": one.reason, "asked_by": one.asked_by.key}
    members |= {} if one.tenant is None else {"tenant": one.tenant}
    return {**members, **told}

"""The log of feedback in the store: reports and withdrawals, each tenant's by itself."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, time
from typing import Any, Final, TypeVar

from sqlalchemy import Select, exists, func, insert, literal, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement

from dsl import strictjson
from memory.database import Database, StoreError
from memory.evidence.vault import Vault
from memory.feedback.reading import (
    PROMOTION,
    REFRESH,
    REJECTION,
    RELEASE,
    REPORT,
    ROLLBACK,
    WITHDRAWAL,
    Promoted,
    Told,
    told,
)
from memory.feedback.reporting import Fate, NewReport, Once, Taken, WhyNot, Withdrawal
from memory.ids import new_id
from memory.induction.log import FLOOD, MOST_A_DAY
from memory.induction.report import Kind
from memory.records.act import Actor, ActRecord, What, act
from memory.records.acting import note
from memory.tables import feedback

_PREFIX: Final = {
    WITHDRAWAL: "wdr",
    ROLLBACK: "rbk",
    RELEASE: "rls",
    REJECTION: "rjc",
    PROMOTION: "prm",
}
_HOLDING: Final = (REFRESH, ROLLBACK, RELEASE)  # what tells whether reports are held
_TRIES: Final = 20  # others may add at the same moment
_COLUMN: Final = feedback.c
_T = TypeVar("_T")
More = Callable[[AsyncConnection, int], Awaitable[None]] | None


class Feedback:
    """Adds to the log and reads it. Nothing in it is ever changed."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def report(self, new: NewReport, now: datetime) -> Taken:
        """Keep a report, and say whether it counts as far as can be told now.

        How much it weighs is worked out of the whole log, whenever rules are made.
        """
        name, why_not = new_id("rep", now), await self._why_not(new, now)
        row = await self._row(new, name, why_not)
        return Taken(name, await self._added(row, _reported(new, name, now)), why_not)

    async def report_after(self, new: NewReport, now: datetime, seq: int) -> Taken | None:
        """Keep a report, or nothing where somebody spoke of its call after an event."""
        name, why_not = new_id("rep", now), await self._why_not(new, now)
        row, done = await self._row(new, name, why_not), _reported(new, name, now)
        later = select(_COLUMN.seq).where(
            _COLUMN.tenant == done.tenant, _COLUMN.decision == new.decision.id, _COLUMN.seq > seq
        )
        added = await self._added_unless(row, done, unless=later)
        return None if added is None else Taken(name, added, why_not)

    async def report_once(
        self, new: NewReport, now: datetime, supposed: list[NewReport] | None = None
    ) -> Once:
        """Keep what a person says of a call only once, and only as many as count on a day.

        With `supposed` nothing is stored: it is said what would be, after those, and it joins them.
        """
        known = await self._known(new)
        if known is not None:
            return known
        before = () if supposed is None else supposed
        if await self._today(new, now) + len(before) >= MOST_A_DAY:
            return Once(Fate.LATER, reason=WhyNot.DAILY_CAP)
        why_not = await self._why_not(new, now)
        if why_not is None and any(
            (one.alike, one.label) == (new.alike, new.label) for one in before
        ):
            why_not = WhyNot.DUPLICATE
        if supposed is not None:
            supposed.append(new)
            return Once(Fate.KEPT, reason=why_not)
        name = new.only_id
        row, done = await self._row(new, name, why_not), _reported(new, name, now)
        same = select(_COLUMN.seq).where(_COLUMN.id == name)
        if await self._added_unless(row, done, unless=same) is None:  # sent twice at this moment
            return Once(Fate.ALREADY, name, why_not)
        return Once(Fate.KEPT, name, why_not)

    async def withdraw(
        self, tenant: str, gone: Withdrawal, reason: str, by: Actor, now: datetime
    ) -> int:
        """Take something back: what is made of the log from now on never held it."""
        (what, named) = next(iter(gone.named.items()))
        said = {what: named, "reason": reason}
        done = act(What.FEEDBACK_WITHDRAWN, by, now, tenant, about=named, details=said)
        return await self.add(WITHDRAWAL, said, done)

    async def add(
        self, kind: str, said: Mapping[str, Any], done: ActRecord, more: More = None
    ) -> int:
        """Add what a person did about memory, and what else its transaction stores."""
        row = _event(kind, new_id(_PREFIX[kind], done.at), {**said, "by": done.who})
        return await self._added(row, done, more)

    async def read(self, tenant: str) -> Told:
        """Return a tenant's whole log."""
        query = select(feedback).where(_COLUMN.tenant == tenant).order_by(_COLUMN.seq)
        async with self._database.read() as connection:
            return told((await connection.execute(query)).mappings().all())

    async def promoted(self, rules: Sequence[str]) -> list[Promoted]:
        """Return what was promoted of some rules, of whatever tenant."""
        if not rules:
            return []
        query = select(feedback).where(_COLUMN.kind == PROMOTION)
        async with self._database.read() as connection:
            found = told((await connection.execute(query)).mappings().all())
        return [one for one in found.promoted if one.rule in rules]

    async def tenants(self) -> list[str]:
        """Return the tenants that a log is kept of."""
        query = select(_COLUMN.tenant).distinct().order_by(_COLUMN.tenant)
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def refresh(self, tenant: str, after: int, now: datetime) -> int | None:
        """Write down that rules are made of all that is there; None where somebody else did.

        `after` is the number of the last refresh that is known, or 0.
        """
        row = _event(REFRESH, new_id("rfr", now), {})
        newer = select(_COLUMN.seq).where(
            _COLUMN.tenant == tenant, _COLUMN.kind == REFRESH, _COLUMN.seq > after
        )
        whole = {**row, "tenant": tenant, "at": now}
        return await self._tried(lambda connection: _add(connection, whole, unless=newer))

    async def _row(self, new: NewReport, name: str, why_not: WhyNot | None) -> dict[str, Any]:
        """Return what is stored of a report."""
        said = {"how": str(new.kind), "group": new.group, "by": new.by.who}
        if new.drawn is not None:
            said["drawn"] = new.drawn
        return {
            "id": name,
            "kind": REPORT,
            "decision": new.decision.id,
            "reporter": new.reporter,
            "alike": new.alike,
            "label": str(new.label),
            "why_not": None if why_not is None else str(why_not),
            "content": _written(said),
            "comment": await self._sealed(new, name),
        }

    async def _known(self, new: NewReport) -> Once | None:
        """Return what the same person said of the same call in the same way, if it is kept."""
        query = select(_COLUMN.id, _COLUMN.why_not, _COLUMN.content).where(
            *_mine(new),
            _COLUMN.decision == new.decision.id,
            _COLUMN.label == str(new.label),
            _COLUMN.kind == REPORT,
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(_COLUMN.seq))).all()
        for row in rows:
            if strictjson.reread(row.content.encode())["how"] == str(new.kind):
                return Once(Fate.ALREADY, row.id, row.why_not and WhyNot(row.why_not))
        return None

    async def _today(self, new: NewReport, now: datetime) -> int:
        """Return how many reports of the same person are kept of this day."""
        midnight = datetime.combine(now.date(), time(), now.tzinfo)
        query = select(func.count()).where(*_mine(new), _COLUMN.at >= midnight)
        async with self._database.read() as connection:
            number: int = (await connection.execute(query)).scalar_one()
        return number

    async def _why_not(self, new: NewReport, now: datetime) -> WhyNot | None:
        """Return why a report weighs nothing: it is held, says what was said, or is one of many."""
        same = select(func.count()).where(
            *_mine(new),
            _COLUMN.alike == new.alike,
            _COLUMN.label == str(new.label),
            or_(_COLUMN.why_not.is_(None), _COLUMN.why_not == str(WhyNot.QUARANTINED)),
            _COLUMN.at > now - FLOOD,
        )
        async with self._database.read() as connection:
            if await _is_holding(connection, new.decision.tenant):
                return WhyNot.QUARANTINED
            if (await connection.execute(same)).scalar_one():
                return WhyNot.DUPLICATE
        return WhyNot.DAILY_CAP if await self._today(new, now) >= MOST_A_DAY else None

    async def _sealed(self, new: NewReport, name: str) -> bytes | None:
        """Seal what was said with the key of whom the call was for, as all that is kept of it."""
        if new.comment is None:
            return None
        key = await self._vault.key(new.decision.tenant, new.decision.subject)
        return key.seal(new.comment.encode(), f"{new.decision.tenant}\n{name}\ncomment")

    async def _added(self, row: Mapping[str, Any], done: ActRecord, more: More = None) -> int:
        """Add an event and the act that it is, in one transaction."""
        seq = await self._added_unless(row, done, more)
        if seq is None:
            raise StoreError("the log of feedback did not take this")
        return seq

    async def _added_unless(
        self,
        row: Mapping[str, Any],
        done: ActRecord,
        more: More = None,
        unless: Select[Any] | None = None,
    ) -> int | None:
        """Add an event, or nothing and return None where `unless` finds a row."""
        whole = {**row, "tenant": done.tenant, "at": done.at}

        async def add(connection: AsyncConnection) -> int | None:
            seq = await _add(connection, whole, unless)
            if seq is None:
                return None
            if more is not None:
                await more(connection, seq)
            await note(connection, done)
            return seq

        return await self._tried(add)

    async def _tried(self, work: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        """Do something in a transaction of its own; again where its number was taken meanwhile."""
        for _ in range(_TRIES):
            try:
                async with self._database.write() as connection:
                    return await work(connection)
            except IntegrityError:  # somebody else's has this number
                continue
        raise StoreError("the log of feedback is too busy; try again")


def _mine(new: NewReport) -> tuple[ColumnElement[bool], ...]:
    """Select what the same person reported."""
    return (_COLUMN.tenant == new.decision.tenant, _COLUMN.reporter == new.reporter)


def _reported(new: NewReport, name: str, now: datetime) -> ActRecord:
    """Return the act that a report is."""
    details = {"report": name, "label": str(new.label)}
    if new.kind is not Kind.FAILURE:
        details["kind"] = str(new.kind)
    told: dict[str, Any] = {"about": new.decision.id, "details": details}
    return act(What.FEEDBACK_REPORTED, new.by, now, new.decision.tenant, **told)


async def _is_holding(connection: AsyncConnection, tenant: str) -> bool:
    """Tell whether a tenant's memory went back, and what is reported waits since."""
    went_back = exists().where(_COLUMN.tenant == tenant, _COLUMN.kind == ROLLBACK)
    if not (await connection.execute(select(went_back))).scalar_one():
        return False
    query = select(feedback).where(_COLUMN.tenant == tenant, _COLUMN.kind.in_(_HOLDING))
    return told((await connection.execute(query)).mappings().all()).view.holding


async def _add(
    connection: AsyncConnection, row: Mapping[str, Any], unless: Select[Any] | None = None
) -> int | None:
    """Add a row under its tenant's next number, in one statement: the store is held at once.

    Nothing is added, and None returned, where `unless` finds a row.
    """
    columns = feedback.c
    following = (
        select(func.coalesce(func.max(columns.seq), 0) + 1)
        .where(columns.tenant == row["tenant"])
        .scalar_subquery()
    )
    values = [literal(value, columns[name].type) for name, value in row.items()]
    chosen = select(following, *values)
    if unless is not None:
        chosen = chosen.where(~unless.exists())
    added = insert(feedback).from_select(["seq", *row], chosen).returning(columns.seq)
    seq: int | None = (await connection.execute(added)).scalar_one_or_none()
    return seq


def _event(kind: str, name: str, said: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(("decision", "reporter", "alike", "label", "why_not"))
    return row | {"id": name, "kind": kind, "content": _written(said), "comment": None}


def _written(told: Mapping[str, Any]) -> str:
    return strictjson.canonical(dict(told))

"""What one person proposed to publish, and another confirms or somebody takes back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.announcing.announce import Topic, announce
from memory.database import Database
from memory.ids import new_id
from memory.publishing import drafts
from memory.publishing.draft import Who
from memory.publishing.publication import Kind, NoPublication, NotYours, Publication
from memory.publishing.publisher import Publisher, Wanted, refuse_overtaken
from memory.records.act import Actor, By, What, act
from memory.records.acting import note
from memory.records.record import canonical
from memory.scopes import DEFAULT_TENANT
from memory.tables import proposals

PENDING: Final = "pending"
CONFIRMED: Final = "confirmed"
WITHDRAWN: Final = "withdrawn"
LASTS: Final = timedelta(days=7)
_COLUMN: Final = proposals.c


@dataclass(frozen=True, slots=True)
class Proposal:
    """A revision that waits to be published, and who may not confirm it."""

    id: str
    at: datetime
    wanted: Wanted

    def may_confirm(self, who: Who) -> bool:
        """Tell whether somebody is another person than who proposed it and who wrote it last."""
        before = (self.wanted.by, self.wanted.author)
        return all(who.key != one.key and who.subject != one.subject for one in before)


class Proposals:
    """The proposals of a store."""

    def __init__(self, database: Database, publisher: Publisher) -> None:
        self._database = database
        self._publisher = publisher

    async def propose(self, wanted: Wanted, revision: Mapping[str, Any], now: datetime) -> Proposal:
        """Let a revision wait for another person."""
        made = Proposal(new_id("pub", now), now, wanted)
        row = {"id": made.id, "status": PENDING, "at": now, "digest": wanted.digest}
        row["content"] = canonical(asdict(wanted))
        row["revision"] = canonical({**revision, "at": revision["at"].isoformat()})
        async with self._database.write() as connection:
            if wanted.draft is not None and wanted.state is not None:
                await drafts.hold(connection, wanted.draft, wanted.state)
            await connection.execute(insert(proposals).values(row))
            await refuse_overtaken(connection, wanted)
            await note(connection, _act(What.POLICY_PROPOSED, made, wanted.by, now))
        return made

    async def pending(self, now: datetime, most: int) -> list[Proposal]:
        """Return what waits, the newest first."""
        query = select(_COLUMN.id, _COLUMN.at, _COLUMN.digest, _COLUMN.content)  # not the texts
        query = query.where(_COLUMN.status == PENDING, _COLUMN.at > now - LASTS)
        query = query.order_by(_COLUMN.id.desc()).limit(most)
        async with self._database.read() as connection:
            return [_proposal(row) for row in (await connection.execute(query)).mappings()]

    async def get(self, name: str, now: datetime) -> tuple[Proposal, dict[str, Any]]:
        """Return what waits, with the row of its revision as it was signed."""
        query = select(proposals).where(_COLUMN.id == name, _COLUMN.status == PENDING)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None or row["at"] <= now - LASTS:
            raise NoPublication("nothing waits under this name")
        revision = json.loads(row["revision"])
        return _proposal(row), {**revision, "at": datetime.fromisoformat(revision["at"])}

    async def confirm(
        self, proposal: Proposal, revision: Mapping[str, Any], who: Who, now: datetime
    ) -> Publication:
        """Publish what another person proposed."""
        if not proposal.may_confirm(who):
            raise NotYours("who proposed it or changed the draft last cannot confirm it")
        async with self._database.write() as connection:
            await announce(connection, Topic.POLICIES)
            await _end(connection, proposal.id, CONFIRMED)
            await refuse_overtaken(connection, proposal.wanted)
            return await self._publisher.put(connection, proposal.wanted, revision, now, who)

    async def withdraw(self, proposal: Proposal, who: Who, now: datetime) -> None:
        """Take back what waits."""
        async with self._database.write() as connection:
            await _end(connection, proposal.id, WITHDRAWN)
            await note(connection, _act(What.POLICY_WITHDRAWN, proposal, who, now))


async def _end(connection: AsyncConnection, name: str, status: str) -> None:
    """End what waits; its texts are kept no longer, as what was published has its own."""
    ends = update(proposals).where(_COLUMN.id == name, _COLUMN.status == PENDING)
    if (await connection.execute(ends.values(status=status, revision=""))).rowcount == 0:
        raise NoPublication("nothing waits under this name")


def _proposal(row: Mapping[Any, Any]) -> Proposal:
    told: dict[str, Any] = json.loads(row["content"])
    told |= {name: Who(**told[name]) for name in ("by", "author")}
    wanted = Wanted(**{**told, "kind": Kind(told["kind"])})
    if wanted.digest != row["digest"]:
        raise NoPublication("what waits under this name was changed")
    return Proposal(row["id"], row["at"], wanted)


def _act(what: What, made: Proposal, who: Who, now: datetime) -> Any:
    details: dict[str, Any] = {"proposal": made.id, "kind": str(made.wanted.kind)}
    details |= {"note": made.wanted.note, "expected": made.wanted.expected}
    details |= {} if made.wanted.draft is None else {"draft": made.wanted.draft}
    told = {"about": made.wanted.digest, "subject": who.subject, "details": details}
    return act(what, Actor(By.API_KEY, who.key), now, DEFAULT_TENANT, **told)

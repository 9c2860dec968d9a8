"""Publishes: the revision, the publication, the act and the announcement, or nothing of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.announcing.announce import Topic, announce
from memory.database import Database
from memory.publishing import drafts
from memory.publishing.draft import Who
from memory.publishing.publication import Kind, Overtaken, Publication, row_of
from memory.publishing.published import newest_number
from memory.records.act import Actor, By, What, act
from memory.records.acting import note
from memory.records.signer import Signer
from memory.revisions.revision import Texts
from memory.revisions.store import Keys, put_trusted, signed
from memory.scopes import DEFAULT_TENANT
from memory.tables import publications

STORE_S: Final = 15.0
_WHAT: Final = {Kind.PUBLISHED: What.POLICY_PUBLISHED, Kind.ROLLED_BACK: What.POLICY_ROLLED_BACK}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be published in place of the publication of a number, and by whom."""

    digest: str
    expected: int
    kind: Kind
    note: str
    by: Who
    author: Who  # who changed the draft last
    draft: str | None = None
    state: str | None = None  # that the draft must be in


class Publisher:
    """Publishes for one gateway, under its key."""

    def __init__(self, database: Database, signer: Signer, writer: str, trusted: Keys) -> None:
        self._trusted = trusted
        self._database = database
        self._signer = signer
        self._writer = writer

    async def signed(self, texts: Texts, digest: str, now: datetime) -> dict[str, Any]:
        """Return the row of a revision, signed by this gateway."""
        return await asyncio.to_thread(signed, texts, digest, self._writer, self._signer, now)

    async def publish(
        self, wanted: Wanted, revision: Mapping[str, Any], now: datetime
    ) -> Publication:
        """Put a revision into force for every gateway on this store."""
        async with asyncio.timeout(STORE_S), self._database.write() as connection:
            await begin(connection, wanted)
            return await self.put(connection, wanted, revision, now)

    async def put(
        self,
        connection: AsyncConnection,
        wanted: Wanted,
        revision: Mapping[str, Any],
        now: datetime,
        confirmed: Who | None = None,
    ) -> Publication:
        """Store what is published, as the last steps of a transaction that `begin` began."""
        await put_trusted(connection, revision, self._trusted)
        made = Publication(
            number=wanted.expected + 1,
            digest=wanted.digest,
            at=now,
            kind=str(wanted.kind),
            note=wanted.note,
            draft=wanted.draft,
            before=await _digest(connection, wanted.expected),
            by=wanted.by.key,
            subject=wanted.by.subject,
            confirmed_by=None if confirmed is None else confirmed.key,
            confirmed_subject=None if confirmed is None else confirmed.subject,
            key=self._signer.key_id,
        )
        row = row_of(made, self._signer.sign(made.content().encode()))
        try:
            await connection.execute(insert(publications).values(row))
        except IntegrityError as error:
            raise Overtaken("something else was published meanwhile") from error
        await note(connection, _act(made, confirmed))
        return made


async def begin(connection: AsyncConnection, wanted: Wanted) -> None:
    """Hold everybody else back who publishes, and refuse what is not as it was expected.

    What is announced holds the row of its topic until the end: so it is the first step here.
    """
    await announce(connection, Topic.POLICIES)
    if wanted.draft is not None and wanted.state is not None:
        await drafts.hold(connection, wanted.draft, wanted.state)
    await refuse_overtaken(connection, wanted)


async def refuse_overtaken(connection: AsyncConnection, wanted: Wanted) -> None:
    """Refuse to publish in place of anything but what is published."""
    if (number := await newest_number(connection)) != wanted.expected:
        is_now = f"publication {number}" if number else "nothing"
        was = f"publication {wanted.expected}" if wanted.expected else "nothing"
        raise Overtaken(f"{is_now} is in force, and {was} was expected")


async def _digest(connection: AsyncConnection, number: int) -> str | None:
    query = select(publications.c.digest).where(publications.c.number == number)
    found: str | None = (await connection.execute(query)).scalar_one_or_none()
    return found


def _act(made: Publication, confirmed: Who | None) -> Any:
    details: dict[str, Any] = {"number": made.number, "note": made.note, "before": made.before}
    details |= {} if made.draft is None else {"draft": made.draft}
    if confirmed is not None:
        details |= {"confirmed_by": confirmed.key, "confirmed_subject": confirmed.subject}
    told = {"about": made.digest, "subject": made.subject, "details": details}
    actor = Actor(By.API_KEY, made.by)
    return act(_WHAT[Kind(made.kind)], actor, made.at, DEFAULT_TENANT, **told)

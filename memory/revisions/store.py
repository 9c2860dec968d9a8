"""The kept revisions: added before they decide, found by digest; their texts never change."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database, add_once
from memory.records.signer import Signer, is_signed
from memory.revisions.revision import (
    MOST_BYTES,
    NoRevision,
    Revision,
    RevisionFault,
    Taken,
    Texts,
    revision,
)
from memory.tables import revisions, revisions_in_force

STORE_S: Final = 15.0
UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
_ASKED: Final = re.compile(r"(?:[0-9]{1,9}:)?(?:sha256:)?([0-9a-f]{6,64})")
_COLUMN: Final = revisions.c
Keys = Mapping[str, Ed25519PublicKey]


@dataclass(frozen=True, slots=True)
class Listed:
    """One kept revision, without its texts."""

    digest: str
    at: datetime
    writer: str


class Revisions:
    """The kept revisions of a store, for reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, limit: int, before: str | None = None) -> tuple[list[Listed], str | None]:
        """Return the newest, or those after the one a page ended with, and where to go on."""
        query = _listed().limit(limit + 1)
        async with self._database.read() as connection:
            if before is not None:
                last = await _at(connection, before)
                older = and_(_COLUMN.at == last, _COLUMN.digest < before)
                query = query.where(or_(_COLUMN.at < last, older))
            rows = (await connection.execute(query)).all()
        found = [Listed(row.digest, row.at, row.writer) for row in rows[:limit]]
        return found, found[-1].digest if len(rows) > limit else None

    async def get(self, name: str) -> Revision:
        """Return a revision by its digest, the beginning of it, or as a record names it."""
        asked = _ASKED.fullmatch(name)
        if asked is None:
            raise NoRevision(f"`{name}` names no revision; write it as a record does")
        query = select(_COLUMN.digest, _COLUMN.content)
        query = query.where(_COLUMN.digest.startswith(f"sha256:{asked[1]}"))
        async with self._database.read() as connection:
            found = (await connection.execute(query.limit(2))).all()
        if len(found) != 1:
            why = (
                "more than one revision begins so" if found else "the store keeps no such revision"
            )
            raise NoRevision(f"`{name}`: {why}")
        digest, content = found[0]
        if not await asyncio.to_thread(is_of, content, digest):
            hint = "`drawbar revisions verify` says more"
            raise RevisionFault(f"`{name}`: its text is not the one of its digest; {hint}")
        return revision(content)

    async def in_force(self, digests: Sequence[str], most: int) -> Mapping[str, list[Taken]]:
        """Return when some revisions were taken up, the newest first."""
        column = revisions_in_force.c
        newest = column.at.desc(), column.writer, column.number
        told: dict[str, list[Taken]] = {}
        async with self._database.read() as connection:
            for digest in digests:
                query = select(revisions_in_force).where(column.digest == digest)
                rows = await connection.execute(query.order_by(*newest).limit(most))
                told[digest] = [taken(row) for row in rows.mappings()]
        return told


def taken(row: Mapping[Any, Any]) -> Taken:
    """Read that a revision was taken up."""
    return Taken(row["writer"], row["number"], row["digest"], row["at"], row["key"])


def _listed() -> Select[Any]:
    query = select(_COLUMN.digest, _COLUMN.at, _COLUMN.writer)
    return query.order_by(_COLUMN.at.desc(), _COLUMN.digest.desc())


async def _at(connection: AsyncConnection, digest: str) -> datetime:
    query = select(_COLUMN.at).where(_COLUMN.digest == digest)
    found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
    if found is None:
        raise NoRevision("there is no page after this revision")
    return found


class Keeper:
    """Keeps what one writer takes up. There is no way to change or remove a text that is kept."""

    def __init__(self, database: Database, signer: Signer, writer: str) -> None:
        self._database = database
        self._signer = signer
        self._writer = writer

    async def keep(self, texts: Texts, digest: str, number: int, now: datetime) -> None:
        """Store a revision, if nobody did, and that it was taken up; both or neither.

        Another gateway, or an attempt whose end nobody saw, may have been first. Raises where the
        store keeps another text for it, or cannot keep it.
        """
        made = await asyncio.to_thread(signed, texts, digest, self._writer, self._signer, now)
        here = Taken(self._writer, number, digest, now, self._signer.key_id)
        row = {name: getattr(here, name) for name in ("writer", "number", "digest", "at", "key")}
        row["signature"] = self._signer.sign(here.content().encode())
        async with asyncio.timeout(STORE_S), self._database.write() as connection:
            await put(connection, made)
            await add_once(connection, revisions_in_force, row)


def signed(texts: Texts, digest: str, writer: str, signer: Signer, now: datetime) -> dict[str, Any]:
    """Return the row of a revision, signed; refuse texts that are not those of its digest."""
    _refuse_odd(texts, digest)
    made = Revision(digest, now, writer, signer.key_id, texts)
    content = made.content()
    told = {"digest": digest, "at": now, "writer": writer, "key": made.key}
    return {**told, "content": content, "signature": signer.sign(content.encode())}


async def put(connection: AsyncConnection, made: Mapping[str, Any]) -> None:
    """Store the row of a revision unless it is there, or raise."""
    digest = made["digest"]
    if not await _is_kept(connection, digest):
        await add_once(connection, revisions, made)
        if not await _is_kept(connection, digest):
            raise RevisionFault("the store did not keep the revision")


async def put_trusted(connection: AsyncConnection, made: Mapping[str, Any], keys: Keys) -> None:
    """Store the row of a revision so that everybody who trusts these keys believes it, or raise.

    A gateway with another key may have kept the same text first. Its signature says nothing to
    those who do not trust that key, so this row takes the place of that one.
    """
    await put(connection, made)
    query = select(_COLUMN.key, _COLUMN.content, _COLUMN.signature)
    kept = (await connection.execute(query.where(_COLUMN.digest == made["digest"]))).one()
    if not _vouched(keys, kept.key, kept.content, kept.signature):
        anew = update(revisions).where(_COLUMN.digest == made["digest"])
        await connection.execute(anew.values(dict(made)))


def _vouched(keys: Keys, key: str, content: str, signature: str) -> bool:
    try:
        return is_signed(keys, key, content.encode(), signature)
    except UNREADABLE:  # such as a signature that is no text
        return False


def _refuse_odd(texts: Texts, digest: str) -> None:
    """Refuse texts that are too many, or are not those of the digest."""
    names = [one.name for one in texts.files]
    if len(set(names)) < len(names):
        raise RevisionFault("a file changed while the policies were read")
    if sum(len(one.text.encode()) for one in texts.files) > MOST_BYTES:
        raise RevisionFault(f"policies of more than {MOST_BYTES >> 20} MiB cannot be kept")
    if texts.digest() != digest:
        raise RevisionFault("the texts are not those that the policies were read from")


async def _is_kept(connection: AsyncConnection, digest: str) -> bool:
    """Tell whether a revision is there, and raise where its text is not what its digest says."""
    query = select(_COLUMN.content).where(_COLUMN.digest == digest)
    content = (await connection.execute(query)).scalar_one_or_none()
    if content is None:
        return False
    if not await asyncio.to_thread(is_of, content, digest):
        hint = "`drawbar revisions verify` says more"
        raise RevisionFault(f"the store keeps another text for `{digest[:19]}`; {hint}")
    return True


def is_of(content: str, digest: str) -> bool:
    """Tell whether a kept revision has the text that its digest was made of."""
    try:
        read = revision(content)
        return read.digest == digest == read.texts.digest()
    except UNREADABLE:
        return False

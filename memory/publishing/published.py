"""What was published, for reading; the newest only if a key that is trusted signed all of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import FAULTS, Database, StoreError
from memory.publishing.publication import Publication, PublicationFault, publication
from memory.records.signer import is_signed
from memory.revisions.revision import Revision, revision
from memory.revisions.store import UNREADABLE, is_of
from memory.tables import publications, revisions

READ_S: Final = 15.0
_COLUMN: Final = publications.c
_HINT: Final = "`drawbar revisions verify` says more, and publishing again mends it"


@dataclass(frozen=True, slots=True)
class Released:
    """A publication with the text of its revision, both signed by a key that is trusted."""

    publication: Publication
    revision: Revision


class Published:
    """What was published in a store, as somebody sees it who trusts some keys."""

    def __init__(self, database: Database, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._database = database
        self.keys = keys

    async def number(self) -> int:
        """Return the number of the newest publication, 0 before the first."""
        try:
            async with asyncio.timeout(READ_S), self._database.read() as connection:
                return await newest_number(connection)
        except (*FAULTS, TimeoutError) as error:
            raise StoreError("the store cannot be asked for what was published") from error

    async def newest(self) -> Released | None:
        """Return what is published now, or raise if it cannot be trusted."""
        query = select(publications, revisions.c.content.label("text"))
        query = query.add_columns(
            revisions.c.signature.label("text_signature"), revisions.c.key.label("text_key")
        )
        query = query.outerjoin(revisions, revisions.c.digest == _COLUMN.digest)
        query = query.order_by(_COLUMN.number.desc()).limit(1)
        try:
            async with asyncio.timeout(READ_S), self._database.read() as connection:
                row = (await connection.execute(query)).mappings().first()
        except (*FAULTS, TimeoutError) as error:
            raise StoreError("the store cannot be asked for what was published") from error
        return None if row is None else await asyncio.to_thread(self._verified, dict(row))

    async def revision(self, digest: str) -> Revision:
        """Return a revision that was published once, or raise."""
        query = select(revisions.c.content, revisions.c.signature, revisions.c.key)
        query = query.where(revisions.c.digest == digest)
        query = query.where(
            select(_COLUMN.number).where(_COLUMN.digest == digest).limit(1).exists()
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise PublicationFault(f"`{digest}` was never published")
        return await asyncio.to_thread(self.text, digest, row.content, row.key, row.signature)

    async def page(self, limit: int, before: int | None = None) -> list[Publication]:
        """Return the newest publications, or those before one."""
        query = select(_COLUMN.content).order_by(_COLUMN.number.desc()).limit(limit)
        if before is not None:
            query = query.where(_COLUMN.number < before)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).scalars().all()
        try:
            return [publication(one) for one in rows]
        except UNREADABLE as error:
            raise PublicationFault(f"a publication cannot be read; {_HINT}") from error

    def _verified(self, row: Mapping[str, Any]) -> Released:
        where = f"publication {row['number']}"
        made = _read(row["content"], where)
        if not self._signed(row["key"], row["content"], row["signature"]):
            raise PublicationFault(f"{where} is not signed by a key that is trusted; {_HINT}")
        if any(getattr(made, name) != row[name] for name in ("number", "digest", "at", "key")):
            raise PublicationFault(f"{where} is found by something else than it says; {_HINT}")
        if row["text"] is None:
            raise PublicationFault(f"the revision of {where} is gone; {_HINT}")
        told = (row["text"], row["text_key"], row["text_signature"])
        return Released(made, self.text(made.digest, *told))

    def text(self, digest: str, content: str, key: str, signature: str) -> Revision:
        """Return a revision as it was signed, or raise if it is not what its digest says."""
        if not is_of(content, digest):
            raise PublicationFault(f"the text of `{digest[:19]}` was changed; {_HINT}")
        if not self._signed(key, content, signature):
            words = f"`{digest[:19]}` is not signed by a key that is trusted"
            raise PublicationFault(f"{words}; {_HINT}")
        return revision(content)

    def _signed(self, key: str, content: str, signature: str) -> bool:
        try:
            return is_signed(self.keys, key, content.encode(), signature)
        except UNREADABLE:
            return False


def _read(content: str, where: str) -> Publication:
    try:
        return publication(content)
    except UNREADABLE as error:
        raise PublicationFault(f"{where} cannot be read; {_HINT}") from error


async def newest_number(connection: AsyncConnection) -> int:
    """Return the number of the newest publication, 0 before the first."""
    found: int | None = (await connection.execute(select(func.max(_COLUMN.number)))).scalar()
    return found or 0

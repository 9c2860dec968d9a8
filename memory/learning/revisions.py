"""The revisions of memory: signed as they are stored, and read only where a trusted key signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import delete, func, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from dsl import strictjson
from dsl.errors import DrawbarError
from memory.announcing.announce import Topic, announce
from memory.database import Database, StoreError, add_once
from memory.induction.revision import digest_of
from memory.records.act import Actor, What, act
from memory.records.acting import note
from memory.records.signer import Signer, is_signed
from memory.revisions.store import UNREADABLE
from memory.tables import memory_revisions

KEPT: Final = 50  # of one tenant
_COLUMN: Final = memory_revisions.c
Keys = Mapping[str, Ed25519PublicKey]
Content = Mapping[str, Any]


class MemoryFault(DrawbarError):
    """A revision of memory that must not be used."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One revision of memory, without what it says."""

    seq: int
    digest: str
    at: datetime
    key: str


class MemoryRevisions:
    """What memory came to, as somebody sees it who trusts some keys."""

    def __init__(self, database: Database, signer: Signer, keys: Keys) -> None:
        self._database = database
        self._signer = signer
        self._keys = keys

    async def put(self, content: Content, by: Actor, now: datetime) -> None:
        """Store a revision signed, announce it, and let go of the oldest; once is enough."""
        tenant, seq, digest = content["tenant"], content["seq"], content["digest"]
        written = strictjson.canonical(dict(content))
        key, signature = self._signer.key_id, self._signer.sign(written.encode())
        row = {"tenant": tenant, "seq": seq, "digest": digest, "at": now, "key": key}
        row |= {"content": written, "signature": signature}
        details = {"seq": seq, "rules": len(content["told"]["rules"])}
        done = act(What.MEMORY_REFRESHED, by, now, tenant, about=digest, details=details)
        async with self._database.write() as connection:
            if not await add_once(connection, memory_revisions, row):
                return  # another gateway was first
            await connection.execute(_too_old(tenant))
            await announce(connection, Topic.POLICIES)
            await note(connection, done)

    def going_back(self, back: Content, now: datetime) -> "GoingBack":
        """Return the step that puts a revision into force again, in the transaction of that act."""
        return GoingBack(self, back, now)

    async def restore(self, connection: AsyncConnection, content: Content, now: datetime) -> None:
        """Store what a person went back to, under its new number."""
        told = strictjson.canonical(dict(content))
        row = {name: content[name] for name in ("tenant", "seq", "digest")}
        row |= {"at": now, "key": self._signer.key_id, "content": told}
        row["signature"] = self._signer.sign(told.encode())
        if not await add_once(connection, memory_revisions, row):
            raise StoreError("there is a revision of this number already")
        await connection.execute(_too_old(content["tenant"]))
        await announce(connection, Topic.POLICIES)

    async def numbers(self) -> Mapping[str, int]:
        """Return the number of each tenant's newest revision."""
        query = select(_COLUMN.tenant, func.max(_COLUMN.seq)).group_by(_COLUMN.tenant)
        async with self._database.read() as connection:
            return {row[0]: row[1] for row in (await connection.execute(query)).all()}

    async def newest(self, tenant: str) -> Content | None:
        """Return the newest revision of a tenant, or raise where it must not be used."""
        row = await self._row(select(memory_revisions).where(_COLUMN.tenant == tenant))
        return None if row is None else self.read(row)

    async def get(self, tenant: str, seq: int) -> Content | None:
        """Return one revision of a tenant, or raise where it must not be used."""
        named = (_COLUMN.tenant == tenant, _COLUMN.seq == seq)
        row = await self._row(select(memory_revisions).where(*named))
        return None if row is None else self.read(row)

    async def last_good(self, tenant: str) -> Content | None:
        """Return the newest revision of a tenant that may be used."""
        query = select(memory_revisions).where(_COLUMN.tenant == tenant)
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(_COLUMN.seq.desc()))).mappings().all()
        for row in rows:
            try:
                return self.read(row)
            except MemoryFault:
                continue
        return None

    async def listed(self, tenant: str) -> list[Listed]:
        """Return the revisions that are kept of a tenant, the newest first."""
        query = select(_COLUMN.seq, _COLUMN.digest, _COLUMN.at, _COLUMN.key)
        query = query.where(_COLUMN.tenant == tenant).order_by(_COLUMN.seq.desc())
        async with self._database.read() as connection:
            return [Listed(*row) for row in (await connection.execute(query)).all()]

    def read(self, row: RowMapping) -> Content:
        """Return a revision as it was signed, or raise where it was not, or is another's."""
        where = f"revision {row['seq']} of the memory of `{row['tenant']}`"
        try:
            return self._content(row, where)
        except UNREADABLE as error:  # such as what the same key signed for something else
            raise MemoryFault(f"{where} cannot be read") from error

    def _content(self, row: RowMapping, where: str) -> Content:
        if not is_signed(self._keys, row["key"], row["content"].encode(), row["signature"]):
            raise MemoryFault(f"{where} is not signed by a key that is trusted")
        content: Content = strictjson.reread(row["content"].encode())
        if any(content[name] != row[name] for name in ("tenant", "seq", "digest")):
            raise MemoryFault(f"{where} is found by something else than it says")
        if digest_of(content["told"]) != content["digest"]:
            raise MemoryFault(f"{where} does not say what its digest was made of")
        return content

    async def _row(self, query: Any) -> RowMapping | None:
        async with self._database.read() as connection:
            newest = query.order_by(_COLUMN.seq.desc()).limit(1)
            row: RowMapping | None = (await connection.execute(newest)).mappings().first()
            return row


class GoingBack:
    """Stores a revision again; `made` is what came of it."""

    def __init__(self, revisions: MemoryRevisions, back: Content, now: datetime) -> None:
        self._revisions = revisions
        self._back = back
        self._now = now
        self.made: Content = {}

    async def __call__(self, connection: AsyncConnection, seq: int) -> None:
        """Store it under the number of the event that it is."""
        self.made = {**self._back, "seq": seq, "restored": self._back["seq"]}
        await self._revisions.restore(connection, self.made, self._now)


def _too_old(tenant: str) -> Any:
    kept = select(_COLUMN.seq).where(_COLUMN.tenant == tenant)
    kept = kept.order_by(_COLUMN.seq.desc()).limit(KEPT)
    return delete(memory_revisions).where(_COLUMN.tenant == tenant, _COLUMN.seq.not_in(kept))

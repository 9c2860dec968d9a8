"""Whether memory may soften, tenant by tenant: each word of a person signed, the newest counts.

Whatever is not certain is off: a word that nobody signed who is trusted, one that is gone, one that
cannot be read.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import func, insert, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import IntegrityError

from dsl import strictjson
from memory.announcing.announce import Topic, announce
from memory.database import Database, StoreError
from memory.learning.revisions import Keys, MemoryFault
from memory.records.act import Actor, What, act
from memory.records.acting import note
from memory.records.signer import Signer, is_signed
from memory.revisions.store import UNREADABLE
from memory.tables import memory_softening

_SIGNED_AS: Final = "memory.soften"  # the key signs other things too
_TRIES: Final = 5
_COLUMN: Final = memory_softening.c


class Soften(StrEnum):
    """What becomes of a denial by models that a nomination holds of."""

    OFF = "off"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Word:
    """What a person said last of the memory of a tenant."""

    tenant: str
    seq: int
    soften: Soften
    at: str
    by: str
    reason: str


class Softening:
    """The words in a store, as somebody sees them who trusts some keys."""

    def __init__(self, database: Database, signer: Signer, keys: Keys) -> None:
        self._database = database
        self._signer = signer
        self._keys = keys

    async def say(self, tenant: str, soften: Soften, reason: str, by: Actor, now: datetime) -> Word:
        """Store a word signed, with its act, and announce it; the newest counts."""
        for _ in range(_TRIES):
            seq = await self._last(tenant) + 1
            word = Word(tenant, seq, soften, now.isoformat(), by.who, reason)
            try:
                await self._put(word, by, now)
            except IntegrityError:  # somebody else's has this number
                continue
            return word
        raise StoreError("others say the same at this moment; try again")

    async def newest(self) -> Mapping[str, Word | MemoryFault]:
        """Return the newest word of each tenant, or why it must not be believed."""
        last = select(_COLUMN.tenant, func.max(_COLUMN.seq)).group_by(_COLUMN.tenant).subquery()
        query = select(memory_softening).join(
            last, (_COLUMN.tenant == last.c[0]) & (_COLUMN.seq == last.c[1])
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return {row["tenant"]: self._read(row) for row in rows}

    async def _last(self, tenant: str) -> int:
        query = select(func.coalesce(func.max(_COLUMN.seq), 0)).where(_COLUMN.tenant == tenant)
        async with self._database.read() as connection:
            found: int = (await connection.execute(query)).scalar_one()
        return found

    async def _put(self, word: Word, by: Actor, now: datetime) -> None:
        written = strictjson.canonical({**asdict(word), "signed_as": _SIGNED_AS})
        row = {"tenant": word.tenant, "seq": word.seq, "content": written}
        row |= {"key": self._signer.key_id, "signature": self._signer.sign(written.encode())}
        details: dict[str, Any] = {"soften": str(word.soften), "reason": word.reason}
        done = act(What.MEMORY_SOFTENED, by, now, word.tenant, about=word.tenant, details=details)
        async with self._database.write() as connection:
            await connection.execute(insert(memory_softening).values(row))
            await announce(connection, Topic.POLICIES)
            await note(connection, done)

    def _read(self, row: RowMapping) -> Word | MemoryFault:
        where = f"whether the memory of `{row['tenant']}` softens ({row['seq']})"
        try:
            if not is_signed(self._keys, row["key"], row["content"].encode(), row["signature"]):
                return MemoryFault(f"{where} is not signed by a key that is trusted")
            told = strictjson.reread(row["content"].encode())
            if told.pop("signed_as") != _SIGNED_AS:
                return MemoryFault(f"{where} was signed as something else")
            word = Word(**{**told, "soften": Soften(told["soften"])})
        except UNREADABLE:
            return MemoryFault(f"{where} cannot be read")
        if (word.tenant, word.seq) != (row["tenant"], row["seq"]):
            return MemoryFault(f"{where} is found by something else than it says")
        return word

"""The keys of tenants and their subjects: made once, kept in memory, destroyed for good."""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.evidence.key import BYTES, Key
from memory.evidence.lines import ERASED
from memory.evidence.master import Master
from memory.records.act import Actor, ActRecord, By, What, act
from memory.records.acting import note as noted
from memory.sealing import SealError, derived
from memory.tables import evidence_audit, vault_keys

FRESH_S: Final = 2.0  # how long a gateway may use a key that another one has destroyed
MOST_KEYS: Final = 10_000
ITSELF: Final = ""  # the tenant, where a subject is named
_AT_ONCE: Final = 500
_TRIES: Final = 5
_KEY: Final = vault_keys.c
_Found = Row[Any, Any, Any]  # its generation, and the key as it is wrapped


class Destroyed(NamedTuple):
    """How many keys were destroyed, and whether the store's files hold nothing more of them."""

    keys: int
    scrubbed: bool


class Vault:
    """Keys of one store. Whoever holds one for longer than a decision must ask again."""

    def __init__(
        self,
        database: Database,
        master: Master,
        *,
        now: Callable[[], datetime] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._master = master
        self._now = now or (lambda: datetime.now(UTC))
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], Key] = OrderedDict()
        self._looked_at: float | None = None
        self._looking = asyncio.Lock()
        self._last: int | None = None
        self.erasures = 0  # that this gateway has noticed
        self.heeding: list[Callable[[], None]] = []  # told of each: what was opened is to be let go

    async def key(self, tenant: str, subject: str | None = None) -> Key:
        """Return the key of a subject, or of a tenant; made where there is none."""
        await self.refresh()
        name = (tenant, subject or ITSELF)
        for _ in range(_TRIES):
            seen = self.erasures
            found = self._known.get(name) or await self._stored(*name) or await self._made(*name)
            if found is not None and seen == self.erasures:
                self._keep(found)
                return found
        raise SealError("the keys of this tenant change too quickly")

    def held(self, tenant: str, subject: str | None = None) -> Key | None:
        """Return a key that is in memory, as it is after `key`, unless it was erased since."""
        return self._known.get((tenant, subject or ITSELF))

    async def keys(self, tenant: str, subjects: Iterable[str | None]) -> Mapping[str | None, Key]:
        """Return keys to read with; one that is gone opens nothing. None is made."""
        await self.refresh()
        seen = self.erasures
        found: dict[str, Key] = {}
        wanted = {one: one or ITSELF for one in subjects}
        for name in wanted.values():
            if (known := self._known.get((tenant, name))) is not None:
                found[name] = known
        read = await self._read(tenant, [name for name in wanted.values() if name not in found])
        for key in read.values():
            if key.secret is not None and seen == self.erasures:
                self._keep(key)
        found.update(read)
        return {one: found[name] for one, name in wanted.items()}

    async def refresh(self) -> None:
        """Forget all keys, if any was destroyed since this was last asked."""
        if self._is_fresh():
            return
        async with self._looking:
            if self._is_fresh():
                return
            at = self._clock()
            query = select(func.max(evidence_audit.c.number)).where(evidence_audit.c.act == ERASED)
            async with self._database.read() as connection:
                last = (await connection.execute(query)).scalar_one() or 0
            if self._last is not None and last != self._last:
                self.forget()
            self._last, self._looked_at = last, at

    def forget(self) -> None:
        """Let go of every key in memory, and have others let go of what they opened."""
        self._known.clear()
        self.erasures += 1
        for heed in self.heeding:
            heed()

    async def destroy(
        self, tenant: str, subject: str | None = None, *, who: str, note: str = ""
    ) -> Destroyed:
        """Destroy the keys of a tenant, or of one subject.

        What they sealed is lost for good; what is sealed next has a new key.
        """
        now = self._now()
        async with self._database.write() as connection:
            erased = _erased(tenant, subject, Actor(By.OS_USER, who), note, now)
            await connection.execute(insert(evidence_audit).values(_line(erased)))
            # The tenant's own first: whoever makes a key for a subject waits for that row.
            names = [ITSELF, None] if subject is None else [subject]
            gone = [await _destroyed(connection, tenant, name, now) for name in names]
            keys = {**erased.details, "keys": sum(gone)}
            await noted(connection, replace(erased, details=keys))
        self.forget()
        return Destroyed(sum(gone), await self._database.scrub(vault_keys.name))

    def _is_fresh(self) -> bool:
        return self._looked_at is not None and self._clock() - self._looked_at < FRESH_S

    def _keep(self, key: Key) -> None:
        name = (key.tenant, key.subject)
        self._known[name] = key
        self._known.move_to_end(name)
        while len(self._known) > MOST_KEYS:
            self._known.popitem(last=False)

    async def _stored(self, tenant: str, subject: str) -> Key | None:
        key = (await self._read(tenant, [subject]))[subject]
        return key if key.secret is not None else None

    async def _read(self, tenant: str, subjects: list[str]) -> dict[str, Key]:
        """Read keys from the store, each in its newest generation."""
        rows: dict[str, _Found] = {}
        if not subjects:
            return {}
        async with self._database.read() as connection:
            for at in range(0, len(subjects), _AT_ONCE):
                names = [ITSELF, *subjects[at : at + _AT_ONCE]]
                rows.update(await _newest(connection, tenant, names))
        itself = await self._itself(tenant, rows.get(ITSELF))
        return {one: _opened(itself, one, rows.get(one)) for one in subjects}

    async def _itself(self, tenant: str, row: _Found | None) -> Key:
        """Return a tenant's own key, asking the master only where it is not in memory."""
        if row is None or row.wrapped is None:
            return Key(tenant, ITSELF, 0 if row is None else row.generation, None, b"")
        known = self._known.get((tenant, ITSELF))
        if known is not None and known.generation == row.generation:
            return known
        secret = await self._master.unwrap(row.wrapped, _place(tenant, ITSELF, row.generation))
        key = Key(tenant, ITSELF, row.generation, secret, _masks(secret))
        self._keep(key)
        return key

    async def _made(self, tenant: str, subject: str) -> Key | None:
        """Make a key and return it, unless somebody else did or it is no longer wanted."""
        before = (await self._read(tenant, [subject]))[subject]
        if before.secret is not None:
            return before
        secret, generation = secrets.token_bytes(BYTES), before.generation + 1
        place = _place(tenant, subject, generation)
        itself = None if subject == ITSELF else await self.key(tenant)
        wrapped = (
            await self._master.wrap(secret, place) if itself is None else itself.seal(secret, place)
        )
        if not await self._insert((tenant, subject, generation), wrapped, itself):
            return None
        masks = _masks(secret) if itself is None else itself.masks
        return Key(tenant, subject, generation, secret, masks)

    async def _insert(self, name: tuple[str, str, int], wrapped: bytes, under: Key | None) -> bool:
        """Store a key, if it is the first of its generation and that above it still stands."""
        tenant, subject, generation = name
        row = {"tenant": tenant, "subject": subject, "generation": generation}
        new = {**row, "wrapped": wrapped, "made_at": self._now()}
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(vault_keys).values(new))
                if under is not None:
                    await _stands(connection, under)
        except IntegrityError:
            return False
        except _SupersededError:
            self.forget()
            return False
        return True


def _erased(tenant: str, subject: str | None, by: Actor, note: str, now: datetime) -> ActRecord:
    """Return what is kept of an erasure."""
    about = {"subject": subject, "details": {"note": note}}
    return act(What.EVIDENCE_ERASED, by, now, tenant, **about)


def _line(erased: ActRecord) -> dict[str, Any]:
    """Return the line by whose number gateways notice an erasure."""
    told = {"at": erased.at, "who": "", "note": "", "act": ERASED, "decision": erased.id}
    return {**told, "tenant": erased.tenant, "subject": erased.subject}


class _SupersededError(Exception):
    """The tenant's key was destroyed meanwhile."""


async def _stands(connection: AsyncConnection, key: Key) -> None:
    """Refuse a tenant's key that is destroyed, and keep it from being so meanwhile."""
    row = and_(_KEY.tenant == key.tenant, _KEY.subject == ITSELF, _KEY.generation == key.generation)
    query = select(_KEY.wrapped).where(row).with_for_update()
    if (await connection.execute(query)).scalar_one_or_none() is None:
        raise _SupersededError


async def _newest(
    connection: AsyncConnection, tenant: str, subjects: list[str]
) -> dict[str, _Found]:
    """Return the newest generation of each subject's key."""
    query = (
        select(_KEY.subject, _KEY.generation, _KEY.wrapped)
        .where(_KEY.tenant == tenant, _KEY.subject.in_(subjects))
        .order_by(_KEY.generation)
    )
    return {row.subject: row for row in (await connection.execute(query)).all()}


async def _destroyed(
    connection: AsyncConnection, tenant: str, subject: str | None, now: datetime
) -> int:
    """Empty the rows of live keys; the generations stay, so that none comes again."""
    change = update(vault_keys).where(_KEY.tenant == tenant, _KEY.wrapped.is_not(None))
    if subject is not None:
        change = change.where(_KEY.subject == subject)
    return (await connection.execute(change.values(wrapped=None, destroyed_at=now))).rowcount


def _opened(itself: Key, subject: str, row: _Found | None) -> Key:
    """Return a subject's key, which its tenant's key wraps."""
    if subject == ITSELF:
        return itself
    if row is None or row.wrapped is None or itself.secret is None:
        return Key(itself.tenant, subject, 0 if row is None else row.generation, None, b"")
    place = _place(itself.tenant, subject, row.generation)
    secret = itself.open(row.wrapped, place)
    return Key(itself.tenant, subject, row.generation, secret, itself.masks)


def _place(tenant: str, subject: str, generation: int) -> str:
    return f"vault\n{tenant}\n{subject}\n{generation}"


def _masks(secret: bytes) -> bytes:
    return derived(secret, "masks")

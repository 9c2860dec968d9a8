"""What decisions were made on, in full: sealed for a tenant and subject, kept as long as is set."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.engine import RowMapping

from dsl import strictjson
from memory.database import Database
from memory.evidence.key import ErasedError, Key
from memory.evidence.kind import Kind
from memory.evidence.vault import Vault
from memory.ids import new_id
from memory.records.act import Actor, By, What, act
from memory.records.acting import note
from memory.sealing import SealError
from memory.tables import evidence

PREFIX: Final = "e"
SWEEP: Final = 500  # rows that are deleted in one transaction
ERASED: Final = "the key was destroyed"
UNREADABLE: Final = "it cannot be opened with this key, or was moved or changed"
_BOUND: Final = ("id", "kind", "decision", "session", "call_id")
_ROW: Final = evidence.c


class Piece(Struct, frozen=True):
    """Something to be kept, and what it belongs to."""

    kind: Kind
    content: Any
    decision: str | None = None
    session: str | None = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A piece of evidence as it was kept; without content where that is gone, and why."""

    id: str
    kind: Kind
    at: datetime
    content: Any = None
    gone: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """Which evidence is meant: that of a decision, and of its call."""

    tenant: str
    decision: str
    session: str | None
    call_id: str
    subject: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """Who opens evidence, as the machine or the gateway knows it, and why."""

    who: str
    note: str
    at: datetime
    by: By = By.OS_USER


class Evidence:
    """The evidence of one store. `keep` says for how long each kind is kept; none means never."""

    def __init__(self, database: Database, vault: Vault, keep: Mapping[Kind, timedelta]) -> None:
        self._database = database
        self._vault = vault
        self._keep = keep

    def rows(self, key: Key, pieces: Iterable[Piece], now: datetime) -> list[Mapping[str, Any]]:
        """Return what is stored of some pieces, to be stored together with their record."""
        return [self._row(key, one, now) for one in pieces if one.kind in self._keep]

    async def get(self, about: About, look: Look) -> list[Opened]:
        """Open what is kept of a decision and of its call, once it is written down who looks."""
        of = {"subject": about.subject, "session": about.session, "about": about.decision}
        await self._written_down(What.EVIDENCE_SHOWN, look, about.tenant, of)
        async with self._database.read() as connection:
            query = select(evidence).where(_wanted(about)).order_by(_ROW.at, _ROW.id)
            found = (await connection.execute(query)).mappings().all()
        keys = await self._vault.keys(about.tenant, {row["subject"] for row in found})
        return [opened(keys[row["subject"]], row) for row in found]

    async def exporting(self, tenant: str, look: Look) -> None:
        """Write down who takes decisions out with all that they were made on."""
        await self._written_down(What.EVIDENCE_EXPORTED, look, tenant, {})

    async def _written_down(
        self, what: What, look: Look, tenant: str, of: Mapping[str, str | None]
    ) -> None:
        """Store who looks; nothing is opened before."""
        by, details = Actor(look.by, look.who), {"note": look.note}
        looked = act(what, by, look.at, tenant, **of, details=details)
        async with self._database.write() as connection:
            await note(connection, looked)

    async def sweep(self, now: datetime) -> AsyncIterator[Mapping[str, int]]:
        """Delete what is past its time, and yield what was deleted, a batch a transaction."""
        expired = select(_ROW.id).where(_ROW.expires_at <= now).limit(SWEEP)
        statement = delete(evidence).where(_ROW.id.in_(expired)).returning(_ROW.kind)
        while True:
            async with self._database.write() as connection:
                gone = (await connection.execute(statement)).scalars().all()
            if not gone:
                return
            yield Counter(gone)

    def _row(self, key: Key, piece: Piece, now: datetime) -> Mapping[str, Any]:
        told: dict[str, Any] = {
            "id": new_id(PREFIX, now),
            "tenant": key.tenant,
            "subject": key.subject or None,
            "kind": piece.kind,
            "decision": piece.decision,
            "session": piece.session,
            "call_id": piece.call_id,
            "at": now,
            "expires_at": now + self._keep[piece.kind],
            "generation": key.generation,
        }
        told["sealed"] = key.seal(_written(piece.content), _place(told))
        return told


def _wanted(about: About) -> Any:
    """Select what belongs to a decision, and what came of its call."""
    decided = and_(_ROW.tenant == about.tenant, _ROW.decision == about.decision)
    if about.session is None:
        return decided
    of_call = and_(
        _ROW.tenant == about.tenant,
        _ROW.session == about.session,
        _ROW.call_id == about.call_id,
        _ROW.kind == Kind.RESULT,
    )
    return or_(decided, of_call)


def kept_of(tenant: str, decisions: Sequence[str]) -> Select[Any]:
    """Select what is kept of some decisions of a tenant, found by their names.

    By the tenant SQLite would look for them among all that the tenant ever called.
    """
    its = _ROW.tenant.concat("") == tenant
    return select(evidence).where(its, _ROW.decision.in_(decisions))


def opened(key: Key, row: RowMapping) -> Opened:
    """Open a piece as it is stored, or say why it is gone."""
    kind = Kind(row["kind"])
    try:
        content = strictjson.reread(key.open(row["sealed"], _place(row)))
    except ErasedError:
        return Opened(row["id"], kind, row["at"], gone=ERASED)
    except SealError:
        return Opened(row["id"], kind, row["at"], gone=UNREADABLE)
    return Opened(row["id"], kind, row["at"], content)


def unsealed(key: Key, row: RowMapping) -> bytes | None:
    """Return the bytes of a piece as it is stored; None where it is gone, whyever."""
    try:
        return key.open(row["sealed"], _place(row))
    except SealError:
        return None


def _written(content: Any) -> bytes:
    """Write a piece; what has no JSON form is named by its type, and the rest of it stays."""
    try:
        written = strictjson.canonical(content)
    except (TypeError, ValueError, AttributeError):  # the last: a name that is no text
        written = strictjson.canonical(_plain(content))
    return written.encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    try:
        strictjson.canonical(value)
    except (TypeError, ValueError):
        return {"dropped": f"`{type(value).__name__}` has no JSON form"}
    return value


def _place(row: Mapping[str, Any] | RowMapping) -> str:
    """Return what a piece is sealed for: moved to another decision or call it does not open."""
    return "\n".join(["evidence", *[row[name] or "" for name in _BOUND]])

"""Recorded decisions with the calls they were about, oldest first."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dsl import strictjson
from dsl.model import NOTHING, Subject, ToolCall
from memory.database import Database
from memory.evidence.evidence import Opened, kept_of, opened
from memory.evidence.kind import Kind
from memory.evidence.vault import Vault
from memory.records.query import Wanted
from memory.records.record import DecisionRecord, record
from memory.tables import records

AT_ONCE: Final = 500
_MEMBERS: Final = {"args", "context", "changed"}


class CannotReplay(Exception):
    """What a decision was made on is not there any more, and why."""


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded decision, with what was sent for it; `gone` says what of it is missing."""

    record: DecisionRecord
    call: ToolCall
    told: Mapping[str, Any] = field(default_factory=lambda: NOTHING)  # facts of the request
    read: Mapping[tuple[str, str], Any] = field(default_factory=dict)  # facts of sources
    gone: str | None = None


async def cases(database: Database, vault: Vault, wanted: Wanted) -> AsyncIterator[Case]:
    """Yield the decisions about calls that are looked for."""
    column, last = records.c, ""
    query = wanted.query().order_by(None).order_by(column.id)
    while True:
        async with database.read() as connection:
            page = query.where(column.id > last).limit(AT_ONCE)
            rows = (await connection.execute(page)).all()
        found = [record(row.content) for row in rows]
        kept = await _kept(database, vault, wanted.tenant, [one.id for one in found])
        for one in found:
            if one.phase == "call":
                yield _case(one, kept.get(one.id, {}))
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].id


async def _kept(
    database: Database, vault: Vault, tenant: str, ids: Sequence[str]
) -> Mapping[str, Mapping[Kind, Opened]]:
    """Open what is kept of some decisions."""
    async with database.read() as connection:
        rows = (await connection.execute(kept_of(tenant, ids))).mappings().all()
    keys = await vault.keys(tenant, {row["subject"] for row in rows})
    found: dict[str, dict[Kind, Opened]] = defaultdict(dict)
    for row in rows:
        piece = opened(keys[row["subject"]], row)
        found[row["decision"]][piece.kind] = piece
    return found


def _case(one: DecisionRecord, kept: Mapping[Kind, Opened]) -> Case:
    arguments = kept.get(Kind.ARGUMENTS)
    gone = "its arguments are not kept any more" if arguments is None else arguments.gone
    content: Mapping[str, Any] = {} if gone else arguments.content  # type: ignore[union-attr]  # not gone
    facts = kept.get(Kind.FACTS)
    told = facts.content if facts is not None and not facts.gone else {}
    return Case(
        one, call_of(one, content), told.get("request", NOTHING), _read(told.get("read", ())), gone
    )


def call_of(one: DecisionRecord, content: Mapping[str, Any]) -> ToolCall:
    """Return the call that a decision was about."""
    return ToolCall(
        one.call_id,
        one.tool,
        content.get("args", {}),
        one.server,
        Subject(one.subject, one.roles),
        one.agent,
        one.session,
        content.get("context", NOTHING),
    )


def _read(facts: Sequence[Mapping[str, Any]]) -> Mapping[tuple[str, str], Any]:
    """Return the facts that were looked up, by source and arguments, also those that failed."""
    return {(one["source"], strictjson.canonical(one["args"])): one for one in facts}

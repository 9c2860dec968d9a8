"""Holds the records against their chains, and the chains against signed checkpoints."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, inspect, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.database import Database
from memory.records import act, answer, notice
from memory.records.act import ActRecord
from memory.records.answer import AnswerRecord
from memory.records.chain import genesis, link_hash
from memory.records.checkpoints import Checkpoint, Head, Signed, checkpoint, content_hash
from memory.records.notice import Notice
from memory.records.record import record
from memory.records.signer import is_signed
from memory.revisions import verify as revising
from memory.tables import checkpoints, records, shipped_writers, writers

AT_ONCE: Final = 1000
# What a row or a text may hold that was never written as it stands there.
_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
_UNSEEN: Final = "a row cannot be read, and what stands behind it was not looked at"
# What a record is found by: its content says the same of each.
_FOUND_BY: Final = (
    *("id", "tenant", "subject", "agent", "session", "effect"),
    *("tool", "rule", "would", "glass", "kind", "at"),
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it was written, and where."""

    where: str
    what: str


@dataclass(slots=True)
class Report:
    """What was looked at, and what was found."""

    records: int = 0
    writers: int = 0
    checkpoints: int = 0
    beyond: int = 0  # records after the last checkpoint: the last of them could be cut off unseen
    anchored: int = 0  # checkpoints of the store that are the same in other hands
    revisions: int = 0
    before_kept: int = 0  # records that name a revision from before their texts were kept
    kept: revising.Kept = field(default_factory=revising.Kept, repr=False, compare=False)
    flaws: list[Flaw] = field(default_factory=list)

    def flaw(self, where: str, what: str) -> None:
        """Note something that is wrong."""
        self.flaws.append(Flaw(where, what))


Keys = Mapping[str, Ed25519PublicKey]


async def verify(database: Database, keys: Keys, anchored: Sequence[Signed] = ()) -> Report:
    """Look at every record; `anchored` are checkpoints that were kept in other hands."""
    report = Report()
    async with database.read() as connection:
        await _at_one_moment(connection)
        try:
            await _all(connection, keys, anchored, report)
        except _UNREADABLE:
            report.flaw("the store", _UNSEEN)
    return report


async def _at_one_moment(connection: AsyncConnection) -> None:
    """See the store as it is now: what gateways write meanwhile is no flaw."""
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("BEGIN")
    else:
        await connection.execution_options(isolation_level="REPEATABLE READ")


async def _all(
    connection: AsyncConnection, keys: Keys, anchored: Sequence[Signed], report: Report
) -> None:
    await _revisions(connection, keys, report)
    seen = await _checkpoints(connection, keys, anchored, report)
    known = (await connection.execute(select(writers).order_by(writers.c.id))).mappings().all()
    shipped = await _shipped(connection)
    followed: dict[str, int | None] = {}
    for writer in known:
        heads = seen.heads.pop(writer["id"], {})
        strange = writer["anchor"] not in seen.hashes and writer["id"] not in shipped
        if writer["anchor"] and strange:
            report.flaw(f"writer {writer['id']}", "it began after a checkpoint that is gone")
        try:
            followed[writer["id"]] = await _writer(connection, writer, heads, report)
        except _UNREADABLE:
            followed[writer["id"]] = None
            report.flaw(f"writer {writer['id']}", _UNSEEN)
    for name, heads in seen.heads.items():
        report.flaw(f"writer {name}", f"it is gone, with at least {max(heads)} records")
    await _strangers(connection, followed, report)
    report.before_kept = report.kept.before
    for where, what in report.kept.missing():
        report.flaw(where, what)


async def _shipped(connection: AsyncConnection) -> frozenset[str]:
    """Name the chains of sidecars: they began after checkpoints of their own."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table(shipped_writers.name)):
        return frozenset()
    return frozenset((await connection.execute(select(shipped_writers.c.writer))).scalars())


async def _revisions(connection: AsyncConnection, keys: Keys, report: Report) -> None:
    """Hold the kept texts of policies against their digests and signatures."""
    report.kept, flaws = await revising.kept(connection, keys)
    report.revisions = len(report.kept.digests)
    for where, what in flaws:
        report.flaw(where, what)


@dataclass(slots=True)
class _Seen:
    """What the checkpoints say: their hashes, and how far each writer had come when."""

    hashes: set[str] = field(default_factory=set)
    heads: dict[str, dict[int, Head]] = field(default_factory=dict)

    def note(self, made: Checkpoint) -> None:
        for head in made.heads:
            self.heads.setdefault(head.writer, {})[head.seq] = head


async def _checkpoints(
    connection: AsyncConnection, keys: Keys, anchored: Sequence[Signed], report: Report
) -> _Seen:
    """Hold the checkpoints against each other."""
    rows = await connection.stream(select(checkpoints).order_by(checkpoints.c.number))
    elsewhere = _elsewhere(anchored, keys, report)
    seen, before, number = _Seen(), "", 0
    async for row in rows.mappings():
        report.checkpoints += 1
        where = f"checkpoint {row['number']}"
        made = _checkpoint(row, where, keys, report)
        if row["number"] != number + 1:
            report.flaw(where, f"{_missing('checkpoint', number + 1, row['number'] - 1)} before it")
        elif made is not None and made.before != before:
            report.flaw(where, "it does not follow the checkpoint before it")
        other = elsewhere.pop(row["number"], None)
        if other is not None and other != row["content"]:
            report.flaw(where, "another one of this number was anchored: the store was forked")
        report.anchored += other == row["content"]
        before, number = content_hash(row["content"]), row["number"]
        seen.hashes.add(before)
        if made is not None:
            seen.note(made)
    for missing, content in elsewhere.items():
        report.flaw(f"checkpoint {missing}", "it was anchored, and is gone from the store")
        seen.note(checkpoint(content))
    return seen


def _elsewhere(anchored: Sequence[Signed], keys: Keys, report: Report) -> dict[int, str]:
    """Return the checkpoints that were kept in other hands, if they are signed."""
    found: dict[int, str] = {}
    for at, one in enumerate(anchored, start=1):
        made = _read(one.content)
        if made is None or not _trusted(keys, made, one.content, one.signature):
            report.flaw(f"anchor line {at}", "it is not signed by a key that is trusted")
        elif found.setdefault(made.number, one.content) != one.content:
            report.flaw(f"anchor line {at}", f"checkpoint {made.number} was anchored twice")
    return found


def _checkpoint(row: RowMapping, where: str, keys: Keys, report: Report) -> Checkpoint | None:
    """Read a stored checkpoint, if it is what was signed."""
    content = row["content"]
    made = _read(content)
    if made is None or made.number != row["number"] or content_hash(content) != row["hash"]:
        report.flaw(where, "it was changed")
        return None
    if not _trusted(keys, made, content, row["signature"]):
        report.flaw(where, f"it is not signed by a key that is trusted ({made.key})")
        return None
    return made


def _trusted(keys: Keys, made: Checkpoint, content: str, signature: str) -> bool:
    try:
        return is_signed(keys, made.key, content.encode(), signature)
    except _UNREADABLE:  # such as a name or a signature that is no text
        return False


def _read(content: str) -> Checkpoint | None:
    try:
        return checkpoint(content)
    except _UNREADABLE:
        return None


async def _writer(
    connection: AsyncConnection, writer: RowMapping, heads: Mapping[int, Head], report: Report
) -> int:
    """Follow the chain of one writer from its beginning; return how many records it has."""
    report.writers += 1
    name, last, number = writer["id"], 0, 0
    head = genesis(name, writer["engine"], writer["started_at"], writer["anchor"])
    async for row in _chain(connection, name):
        report.records += 1
        number += 1
        where = f"writer {name}, record {row['seq']} ({row['id']})"
        if row["seq"] != last + 1:
            report.flaw(where, f"{_missing('record', last + 1, row['seq'] - 1)} before it")
        elif link_hash(name, row["seq"], head, row["content"]) != row["hash"]:
            report.flaw(where, "it was changed, or does not follow the record before it")
        _repeats(row, where, report)
        report.kept.note(name, row["content"], where)
        told = heads.get(row["seq"])
        if told is not None and told.hash != row["hash"]:
            report.flaw(where, "a checkpoint knows another record here: the chain was forked")
        head, last = row["hash"], row["seq"]
    _ended(name, last, heads, report)
    return number


def _ended(name: str, last: int, heads: Mapping[int, Head], report: Report) -> None:
    """Hold the end of a chain against what the checkpoints know of it."""
    most = max(heads, default=0)
    report.beyond += max(0, last - most)
    if last < most:
        report.flaw(f"writer {name}", f"{_missing('record', last + 1, most)} at its end")
    closed = [head.seq for head in heads.values() if head.closed]
    if closed and last > max(closed):
        report.flaw(f"writer {name}", f"it goes on after its end at record {max(closed)}")


def _missing(noun: str, first: int, last: int) -> str:
    return (
        f"{noun} {first} is missing" if first == last else f"{noun}s {first} to {last} are missing"
    )


async def _chain(connection: AsyncConnection, writer: str) -> AsyncIterator[RowMapping]:
    """Yield the records of a writer in their order."""
    last = 0
    while True:
        column = records.c
        query = select(records).where(column.writer == writer, column.seq > last)
        rows = (await connection.execute(query.order_by(column.seq).limit(AT_ONCE))).mappings()
        found = rows.all()
        for row in found:
            yield row
        if len(found) < AT_ONCE:
            return
        last = found[-1]["seq"]


def _repeats(row: RowMapping, where: str, report: Report) -> None:
    """Hold what a record is found by against what it says."""
    try:
        told = row_of(row["content"])
    except _UNREADABLE:
        report.flaw(where, "it cannot be read")
        return
    wrong = [name for name in _FOUND_BY if told[name] != row[name]]
    if wrong:
        report.flaw(where, f"it is found by another `{wrong[0]}` than it says")


def row_of(content: str) -> dict[str, Any]:
    """Return the row that a content is stored in."""
    told: dict[str, Any] = json.loads(content)
    kind = told.pop("record", None)
    if kind is None:
        return record(content).row()
    told["at"] = datetime.fromisoformat(told["at"])
    return _MADE[kind](**told).row()


_MADE: Final[dict[str, type[ActRecord | AnswerRecord | Notice]]] = {
    act.KIND: ActRecord,
    answer.KIND: AnswerRecord,
    notice.KIND: Notice,
}


async def _strangers(
    connection: AsyncConnection, followed: Mapping[str, int | None], report: Report
) -> None:
    """Look for records that stand in no chain."""
    query = select(records.c.writer, func.count()).group_by(records.c.writer)
    for name, number in await connection.execute(query):
        if name not in followed:
            report.flaw(f"writer {name}", f"nobody knows it, and it has {number} records")
        elif (seen := followed[name]) is not None and number != seen:
            more = number - seen
            report.flaw(f"writer {name}", f"{more} of its records stand outside its chain")

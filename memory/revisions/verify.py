"""Holds revisions and publications against their signatures, and records against what is kept."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, inspect, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.publishing.publication import publication
from memory.records.act import What
from memory.records.acting import WRITER
from memory.records.signer import is_signed
from memory.revisions.revision import NAMED, Revision, named, revision
from memory.revisions.store import UNREADABLE, is_of, taken
from memory.tables import publications, records, revisions, revisions_in_force

Keys = Mapping[str, Ed25519PublicKey]
Flaws = list[tuple[str, str]]
_RELEASED = (str(What.POLICY_PUBLISHED), str(What.POLICY_ROLLED_BACK))
UNSEEN = "a row cannot be read, and what stands behind it was not looked at"
UNTRUSTED = "it is not signed by a key that is trusted"


@dataclass(slots=True)
class Kept:
    """What is kept of revisions, and which of it records name."""

    digests: set[str] = field(default_factory=set)
    taken: set[tuple[str, str, str]] = field(default_factory=set)
    named: dict[tuple[str, str, str], str] = field(default_factory=dict)  # with the first place
    before: int = 0  # records that name a revision from before any was kept

    def note(self, writer: str, content: str, where: str) -> None:
        """Note which revision a record names."""
        try:
            said = NAMED.decode(content)
        except (msgspec.DecodeError, TypeError):
            return  # no record; that is said elsewhere
        if said.revision_digest is not None:
            self.named.setdefault((writer, str(said.revision), said.revision_digest), where)
        elif said.revision is not None:
            self.before += 1

    def missing(self) -> Iterator[tuple[str, str]]:
        """Yield what records name and what is not there: where, and what."""
        for (writer, name, digest), where in self.named.items():
            if digest not in self.digests:
                yield where, f"its revision {name} ({digest}) is gone"
            elif not digest.startswith(name.partition(":")[2]):
                yield where, f"its revision {name} is not the one of its digest"
            elif (writer, name, digest) not in self.taken:
                yield where, f"nothing says when its writer took {name} up"


async def kept(connection: AsyncConnection, keys: Keys) -> tuple[Kept, Flaws]:
    """Look at every kept revision; return what is there, and what is wrong with it."""
    found, flaws = Kept(), Flaws()
    looks = ((revisions, _texts), (revisions_in_force, _taken), (publications, _published))
    for table, look in looks:
        try:
            if await connection.run_sync(_has, table.name):  # not in a store of an older version
                await look(connection, keys, found, flaws)
        except UNREADABLE:
            flaws.append(("the kept revisions", UNSEEN))
    return found, flaws


def _has(connection: Connection, table: str) -> bool:
    return inspect(connection).has_table(table)


async def _texts(connection: AsyncConnection, keys: Keys, found: Kept, flaws: Flaws) -> None:
    rows = await connection.stream(select(revisions).order_by(revisions.c.at, revisions.c.digest))
    async for row in rows.mappings():
        found.digests.add(row["digest"])
        flaws += [(f"revision {row['digest']}", what) for what in _flaws(row, keys)]


async def _taken(connection: AsyncConnection, keys: Keys, found: Kept, flaws: Flaws) -> None:
    column = revisions_in_force.c
    query = select(revisions_in_force).order_by(column.writer, column.number)
    async for row in (await connection.stream(query)).mappings():
        where = f"writer {row['writer']}, revision {named(row['number'], row['digest'])}"
        found.taken.add((row["writer"], named(row["number"], row["digest"]), row["digest"]))
        if not _is_signed(keys, row, taken(row).content()):
            flaws.append((where, f"{_said(keys, row)}: when it was taken up"))
        if row["digest"] not in found.digests:
            flaws.append((where, f"its text ({row['digest']}) is gone"))


async def _published(connection: AsyncConnection, keys: Keys, found: Kept, flaws: Flaws) -> None:
    """Look at what was published: each number once, signed, and with its text."""
    last = 0
    query = select(publications).order_by(publications.c.number)
    async for row in (await connection.stream(query)).mappings():
        where, last, before = f"publication {row['number']}", row["number"], last
        if row["number"] != before + 1:
            flaws.append((where, f"it follows {before}: what lies between is gone"))
        if not _is_signed(keys, row, row["content"]):
            flaws.append((where, _said(keys, row)))
        elif not _is_found(row):
            flaws.append((where, "it is found by something else than it says"))
        if row["digest"] not in found.digests:
            flaws.append((where, f"its text ({row['digest']}) is gone"))
    if (told := await _told(connection)) != last:
        flaws.append((f"publication {max(told, last)}", f"the newest by the acts is {told}"))


async def _told(connection: AsyncConnection) -> int:
    """Return the number of the newest publication, as the chain of acts has it."""
    column = records.c
    query = select(column.content).where(column.writer == WRITER, column.tool.in_(_RELEASED))
    found = (await connection.execute(query.order_by(column.seq.desc()).limit(1))).scalar()
    return 0 if found is None else int(json.loads(found)["details"]["number"])


def _is_found(row: RowMapping) -> bool:
    try:
        made = publication(row["content"])
    except UNREADABLE:
        return False
    return all(getattr(made, name) == row[name] for name in ("number", "digest", "at", "key"))


def _flaws(row: RowMapping, keys: Keys) -> Iterator[str]:
    """Yield what is wrong with a kept revision."""
    read = _read(row["content"])
    if read is None:
        yield "it cannot be read"
        return
    if not is_of(row["content"], row["digest"]):
        yield "its text was changed: it is not the one of its digest"
    elif not _is_signed(keys, row, row["content"]):
        yield _said(keys, row)
    elif any(getattr(read, name) != row[name] for name in ("at", "writer", "key")):
        yield "it is found by something else than it says"


def _said(keys: Keys, row: RowMapping) -> str:
    return "it was changed" if row["key"] in keys else f"{UNTRUSTED} ({row['key']})"


def _read(content: str) -> Revision | None:
    try:
        return revision(content)
    except UNREADABLE:
        return None


def _is_signed(keys: Keys, row: RowMapping, content: str) -> bool:
    try:
        return is_signed(keys, row["key"], content.encode(), row["signature"])
    except UNREADABLE:  # such as a signature that is no text
        return False

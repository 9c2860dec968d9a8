"""What is recorded, who wrote it, and the signed checkpoints over all of it."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from memory.tables.base import Instant, metadata, partial

_BIG = BigInteger().with_variant(Integer, "sqlite")
# Ids are in the order of time byte by byte, whatever a database thinks of the order of letters.
_ID = String(40).with_variant(String(40, collation="C"), "postgresql")

# `content` is the record; the other columns repeat of it what it is found by.
records = Table(
    "records",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("writer", String(40), nullable=False),
    Column("seq", _BIG, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("at", Instant, nullable=False),
    Column("subject", String(128)),
    Column("agent", String(128)),
    Column("session", String(128)),
    Column("tool", String(260)),
    Column("effect", String(8)),
    Column("rule", String(260)),
    Column("would", String(8)),
    Column("content", Text, nullable=False),
    Column("glass", String(400)),
    UniqueConstraint("writer", "seq"),
    *(
        Index(None, "tenant", name, "id")
        for name in ("kind", "subject", "agent", "session", "tool", "effect", "rule")
    ),
    # Of the few that were observed alone: the others pay nothing for it.
    partial("ix_records_tenant_would_id", "tenant", "would", "id", where="would IS NOT NULL"),
    partial("ix_records_tenant_glass_id", "tenant", "glass", "id", where="glass IS NOT NULL"),
)

writers = Table(
    "writers",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("engine", String(32), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("anchor", String(64), nullable=False),
    # How far the last checkpoint goes: where to look next, and no proof of anything.
    Column("covered", _BIG, nullable=False, server_default="0"),
    Column("closed_at", Instant),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("number", _BIG, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("key", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("signature", String(128), nullable=False),
)

"""The texts of policies that were in force, and when which writer took them up. Only added to."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from memory.tables.base import Instant, metadata

# `content` is the revision as it is signed; the other columns repeat of it what it is found by.
revisions = Table(
    "revisions",
    metadata,
    Column("digest", String(71), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("writer", String(40), nullable=False),
    Column("key", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("signature", String(128), nullable=False),
    Index("ix_revisions_at_digest", "at", "digest"),
)

# One row for each time: the writer, and how often it had taken policies up.
revisions_in_force = Table(
    "revisions_in_force",
    metadata,
    Column("writer", String(40), nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", String(71), nullable=False),
    Column("at", Instant, nullable=False),
    Column("key", String(64), nullable=False),
    Column("signature", String(128), nullable=False),
    PrimaryKeyConstraint("writer", "number"),
    Index("ix_revisions_in_force_digest_at", "digest", "at"),
)

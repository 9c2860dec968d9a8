"""Drafts of policies, what was published of them, and what waits for a second person."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from memory.tables.base import Instant, metadata

# `id` tells a draft from an earlier one of its name; `version` grows with each change.
drafts = Table(
    "drafts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("id", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("based_on", String(71), nullable=True),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("changed_by", String(128), nullable=False),
    Column("changed_key", String(128), nullable=False),
)

draft_files = Table(
    "draft_files",
    metadata,
    Column("draft", String(64), ForeignKey("drafts.name"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("draft", "name"),
)

# Only added to. `content` is the publication as it is signed.
publications = Table(
    "publications",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(71), nullable=False),
    Column("at", Instant, nullable=False),
    Column("key", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("signature", String(128), nullable=False),
    Index("ix_publications_digest", "digest"),
)

# What one person proposed and another must confirm; the revision is not kept among those that
# decided before that.
proposals = Table(
    "proposals",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("digest", String(71), nullable=False),
    Column("content", Text, nullable=False),
    Column("revision", Text, nullable=False),
)

"""Glass: what may judge in place of a policy for some time, as somebody asked or two said."""

from sqlalchemy import Column, Index, String, Table, Text

from memory.tables.base import Instant, metadata

# Ids are in the order of time byte by byte, whatever a database thinks of the order of letters.
_ID = String(40).with_variant(String(40, collation="C"), "postgresql")

# `content` is what was asked and confirmed, and `seal` shows that a gateway wrote it so.
glass = Table(
    "glass",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("status", String(16), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("content", Text, nullable=False),
    Column("seal", String(64), nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String(128)),
    Index("ix_glass_status", "status"),
)

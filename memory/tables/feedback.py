"""What people said of decisions, and what of it was taken back: only ever added to."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from memory.tables.base import Instant, metadata

_BIG = BigInteger().with_variant(Integer, "sqlite")

# `seq` counts each tenant's events without a gap, in the order in which they were stored.
feedback = Table(
    "feedback",
    metadata,
    Column("tenant", String(128), primary_key=True),
    Column("seq", _BIG, primary_key=True, autoincrement=False),
    Column("id", String(40), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("at", Instant, nullable=False),
    Column("decision", String(40)),
    Column("reporter", String(128)),
    Column("alike", String(64)),
    Column("label", String(12)),
    Column("why_not", String(16)),
    Column("content", Text, nullable=False),
    Column("comment", LargeBinary),
    Index("uq_feedback_id", "id", unique=True),
    Index(None, "tenant", "reporter", "at"),
)

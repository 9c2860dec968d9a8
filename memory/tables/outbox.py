"""What must be sent, until it is."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from memory.tables.base import Instant, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("decision", String(40), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("target", String(128), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "due_at"),
)

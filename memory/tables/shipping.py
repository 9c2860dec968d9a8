"""Which chains came from sidecars."""

from sqlalchemy import Boolean, Column, String, Table

from memory.tables.base import Instant, metadata

shipped_writers = Table(
    "shipped_writers",
    metadata,
    Column("writer", String(40), primary_key=True),
    Column("key_id", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    Column("ended", Boolean, nullable=False),
)

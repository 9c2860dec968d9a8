"""Which chains came from sidecars."""

from sqlalchemy import Boolean, Column, String, Table

from memory.tables.base import metadata

shipped_writers = Table(
    "shipped_writers",
    metadata,
    Column("writer", String(40), primary_key=True),
    Column("ended", Boolean, nullable=False),
)

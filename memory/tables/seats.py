"""Decisions of one seat that another seat took over, each once."""

from sqlalchemy import Column, Index, String, Table

from memory.tables.base import Instant, metadata

seat_uses = Table(
    "seat_uses",
    metadata,
    Column("decision", String(40), primary_key=True),
    Column("used_by", String(40), nullable=False),
    Column("used_at", Instant, nullable=False),
    Index(None, "used_at"),
)

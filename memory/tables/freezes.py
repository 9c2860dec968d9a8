"""Who is frozen, until somebody thaws them."""

from sqlalchemy import Column, String, Table, UniqueConstraint

from memory.tables.base import Instant, metadata

freezes = Table(
    "freezes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(128), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("at", Instant, nullable=False),
    Column("who", String(128), nullable=False),
    Column("set_by", String(128), nullable=False),  # the tenant of whoever froze it
    UniqueConstraint("tenant", "kind", "name", name="uq_freezes_whom"),
)

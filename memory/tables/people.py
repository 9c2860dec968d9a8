"""People who sign in with a password."""

from sqlalchemy import Column, String, Table, Text

from memory.tables.base import Instant, metadata

people = Table(
    "people",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("name", String(128), nullable=False, unique=True),
    Column("subject", String(128), nullable=False),
    Column("roles", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("password", String(256), nullable=False),
    Column("password_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
)

"""Sessions, and what happened in them."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from memory.tables.base import Instant, metadata

sessions = Table(
    "sessions",
    metadata,
    Column("tenant", String(128), primary_key=True),
    Column("id", String(128), primary_key=True),
    Column("subject", String(128)),
    Column("agent", String(128)),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Index(None, "tenant", "subject", "agent", "opened_at"),
)

session_events = Table(
    "session_events",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("session", String(128), nullable=False),
    Column("id", String(160), nullable=False),
    Column("subject", String(128)),
    Column("agent", String(128)),
    Column("at", Instant, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("tenant", "session", "id"),
    Index(None, "tenant", "subject", "at"),
    Index(None, "tenant", "agent", "at"),
    Index(None, "tenant", "at"),
)

# One row at most: sessions that are kept outside this database, and how far they were at least.
session_places = Table(
    "session_places",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("store", String(40), nullable=False),
    Column("number", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
)

"""The tables, as the migrations leave them; a test holds the two against each other."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, also in SQLite, which forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Store UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


decisions = Table(
    "decisions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("at", Instant, nullable=False),
    Column("edge", String(32), nullable=False),
    Column("key_id", String(40), nullable=False),
    Column("subject", String(128)),
    Column("agent", String(128)),
    Column("session", String(128)),
    Column("call_id", String(128), nullable=False),
    Column("server", String(128)),
    Column("tool", String(128), nullable=False),
    Column("args_hmac", String(80), nullable=False),
    Column("effect", String(8), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("revision", String(96)),
    Column("dry_run", Boolean, nullable=False),
    Column("engine", String(32), nullable=False),
    Column("changed_hmac", String(80)),
    Column("changes", Text, nullable=False, server_default="[]"),
    Column("obligations", Text, nullable=False, server_default="[]"),
    Column("shadow", Text, nullable=False, server_default="[]"),
    Index(None, "tenant", "at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("name", String(128), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("agent", String(128)),
    Column("scopes", Text, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

sessions = Table(
    "sessions",
    metadata,
    Column("tenant", String(128), primary_key=True),
    Column("id", String(128), primary_key=True),
    Column("subject", String(128)),
    Column("agent", String(128)),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
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

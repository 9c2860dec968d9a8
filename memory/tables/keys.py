"""API keys."""

from sqlalchemy import Boolean, Column, Float, Integer, String, Table, Text, false

from memory.tables.base import Instant, metadata

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
    Column("trusts_not_run", Boolean, nullable=False, server_default=false()),
    Column("roles", Text, nullable=False, server_default="[]"),
    Column("expires_at", Instant),
    Column("rate", Float),
    Column("burst", Integer),
    Column("last_used_at", Instant),
    Column("rotated_at", Instant),
)

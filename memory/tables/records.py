"""Decisions, as they stay behind."""

from sqlalchemy import Boolean, Column, Index, String, Table, Text

from memory.tables.base import Instant, metadata

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

"""Approvals: calls that people are asked about, and which decisions asked."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from memory.tables.base import Instant, metadata

approvals = Table(
    "approvals",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("status", String(8), nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("used_at", Instant),
    Column("used_by", String(40)),
    Column("edge", String(32), nullable=False),
    Column("subject", String(128)),
    Column("agent", String(128)),
    Column("session", String(128)),
    Column("server", String(128)),
    Column("tool", String(128), nullable=False),
    Column("call_id", String(128), nullable=False),
    Column("answers", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index(None, "tenant", "digest"),
    Index(None, "tenant", "status", "id"),
    Index(None, "tenant", "subject", "id"),
    Index(None, "tenant", "session", "tool"),
    Index(None, "tenant", "tool", "used_at"),
)

approval_asks = Table(
    "approval_asks",
    metadata,
    Column("decision", String(40), primary_key=True),
    Column("approval", String(40), nullable=False),
    Column("key_id", String(40), nullable=False),
    Column("key_subject", String(128), nullable=False),
    Index(None, "approval"),
)

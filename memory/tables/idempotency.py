"""What was answered to requests that carry a key of their own, so that none is done twice."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from memory.tables.base import Instant, metadata

idempotency = Table(
    "idempotency",
    metadata,
    Column("tenant", String(128), primary_key=True),
    Column("key_id", String(128), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("asked", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("status", Integer),
    Column("sealed", LargeBinary),
    Index(None, "at"),
)

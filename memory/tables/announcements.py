"""What gateways on one store tell each other of."""

from sqlalchemy import BigInteger, Column, String, Table

from memory.tables.base import metadata

announcements = Table(
    "announcements",
    metadata,
    Column("topic", String(32), primary_key=True),
    Column("number", BigInteger, nullable=False),
)

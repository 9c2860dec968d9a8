"""How far records were handed on to each system that wants them."""

from sqlalchemy import BigInteger, Column, Integer, String, Table

from memory.tables.base import metadata

deliveries = Table(
    "deliveries",
    metadata,
    Column("target", String(128), primary_key=True),
    Column("writer", String(40), primary_key=True),
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
)

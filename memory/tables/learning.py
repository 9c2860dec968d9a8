"""What memory came to, tenant by tenant: each revision signed, the newest fifty of them kept."""

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from memory.tables.base import Instant, metadata

# `content` is the revision as it is signed; the other columns repeat of it what it is found by.
memory_revisions = Table(
    "memory_revisions",
    metadata,
    Column("tenant", String(128), primary_key=True),
    Column(
        "seq",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("digest", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("key", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("signature", String(128), nullable=False),
)

# Whether memory may soften; `content` is the word as it is signed. Rows are only ever added.
memory_softening = Table(
    "memory_softening",
    metadata,
    Column("tenant", String(128), primary_key=True),
    Column(
        "seq",
        BigInteger().with_variant(Integer, "sqlite"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("key", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("signature", String(128), nullable=False),
)

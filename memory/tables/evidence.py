"""What decisions were made on, sealed; the keys it is sealed with; and who looked or erased."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from memory.tables.base import Instant, metadata, partial

evidence = Table(
    "evidence",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("subject", String(128)),
    Column("kind", String(12), nullable=False),
    Column("decision", String(40)),
    Column("session", String(128)),
    Column("call_id", String(128)),
    Column("at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "decision"),
    Index(None, "tenant", "session", "at"),
    Index(None, "expires_at"),
    # Of what memory learns from: the other kinds pay nothing for it.
    partial("ix_evidence_tenant_at_features", "tenant", "at", where="kind = 'features'"),
)

# An empty subject stands for the tenant itself, under whose key those of its subjects lie.
vault_keys = Table(
    "vault_keys",
    metadata,
    Column("tenant", String(128), primary_key=True),
    Column("subject", String(128), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary),  # nothing once it was destroyed
    Column("made_at", Instant, nullable=False),
    Column("destroyed_at", Instant),
)

# Each line tells every gateway, by its number, that keys were destroyed and are to be forgotten.
# Who did so stands in the chain of acts, under the id in `decision`. Lines that say it themselves,
# and those of who looked, are from before acts were chained.
evidence_audit = Table(
    "evidence_audit",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", String(256), nullable=False),
    Column("act", String(8), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("subject", String(128)),
    Column("decision", String(40)),
    Column("note", Text, nullable=False),
)

"""Records stand in chains, under signed checkpoints; what was decided before is chained too."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
ID = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
FOUND_BY = ("kind", "subject", "agent", "session", "tool", "effect", "rule")
LISTS = ("reasons", "changes", "obligations", "shadow")
BEFORE = "w_before"
AT_ONCE = 1000


def upgrade() -> None:
    op.create_table(
        "records",
        sa.Column("id", ID, nullable=False),
        sa.Column("writer", sa.String(40), nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.String(128)),
        sa.Column("agent", sa.String(128)),
        sa.Column("session", sa.String(128)),
        sa.Column("tool", sa.String(260)),
        sa.Column("effect", sa.String(8)),
        sa.Column("rule", sa.String(260)),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_records"),
        sa.UniqueConstraint("writer", "seq", name="uq_records_writer_seq"),
    )
    for name in FOUND_BY:
        op.create_index(f"ix_records_tenant_{name}_id", "records", ["tenant", name, "id"])
    op.create_table(
        "writers",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("engine", sa.String(32), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("anchor", sa.String(64), nullable=False),
        sa.Column("covered", BIG, nullable=False, server_default="0"),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_writers"),
    )
    op.create_table(
        "checkpoints",
        sa.Column("number", BIG, nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_checkpoints"),
    )
    _chain(op.get_bind())
    op.drop_index("ix_decisions_tenant_at", "decisions")
    op.drop_table("decisions")


def _chain(connection: sa.Connection) -> None:
    """Carry over what was decided so far: as one writer's chain, in its order."""
    before = sa.Table("decisions", sa.MetaData(), autoload_with=connection)
    records = sa.Table("records", sa.MetaData(), autoload_with=connection)
    found = connection.execute(sa.select(before).order_by(before.c.at, before.c.id)).mappings()
    writer = {"writer": BEFORE, "engine": "before", "started_at": _iso(_utc(None)), "anchor": ""}
    seq, head = 0, hashlib.sha256(_canonical(writer).encode()).hexdigest()
    while rows := found.fetchmany(AT_ONCE):
        chained = []
        for row in rows:
            made = _record(row)
            seq += 1
            told = f"{head}\n{BEFORE}\n{seq}\n{made['content']}"
            head = hashlib.sha256(told.encode()).hexdigest()
            chained.append({**made, "writer": BEFORE, "seq": seq, "hash": head})
        connection.execute(sa.insert(records), chained)
    if seq:
        writers = sa.Table("writers", sa.MetaData(), autoload_with=connection)
        begun = {"id": BEFORE, "engine": "before", "started_at": _utc(None), "anchor": ""}
        connection.execute(sa.insert(writers).values(begun))


def _record(row: sa.RowMapping) -> dict[str, Any]:
    """Return an old row as it is recorded now."""
    lists = {name: json.loads(row[name]) for name in LISTS}
    at = _utc(row["at"])
    told = {**row, **lists, "at": _iso(at), "phase": "call", "dry_run": bool(row["dry_run"])}
    named = (f"{one['policy']}/{one['rule']}" for one in lists["reasons"] if one["rule"])
    return {
        **{name: row[name] for name in ("id", "tenant", "subject", "agent", "session", "effect")},
        "kind": "decision",
        "at": at,
        "tool": f"{row['server']}/{row['tool']}" if row["server"] else row["tool"],
        "rule": next(named, None),
        "content": _canonical(told),
    }


def _utc(at: datetime | None) -> datetime:
    if at is None:
        return datetime(2026, 1, 1, tzinfo=UTC)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _iso(at: datetime) -> str:
    return at.isoformat()


def _canonical(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def downgrade() -> None:
    """Refuse: records would be lost."""
    message = "records in chains cannot be turned back into the older form"
    raise NotImplementedError(message)

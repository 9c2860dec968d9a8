"""Sealed evidence, the keys it is sealed with, and who looked at it or erased it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("subject", sa.String(128)),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("decision", sa.String(40)),
        sa.Column("session", sa.String(128)),
        sa.Column("call_id", sa.String(128)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
    )
    op.create_index("ix_evidence_decision", "evidence", ["decision"])
    op.create_index("ix_evidence_tenant_session_at", "evidence", ["tenant", "session", "at"])
    op.create_index("ix_evidence_expires_at", "evidence", ["expires_at"])
    op.create_table(
        "vault_keys",
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("generation", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("wrapped", sa.LargeBinary),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant", "subject", "generation", name="pk_vault_keys"),
    )
    op.create_table(
        "evidence_audit",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(256), nullable=False),
        sa.Column("act", sa.String(8), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("subject", sa.String(128)),
        sa.Column("decision", sa.String(40)),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_evidence_audit"),
    )


def downgrade() -> None:
    for name in ("evidence_audit", "vault_keys", "evidence"):
        op.drop_table(name)

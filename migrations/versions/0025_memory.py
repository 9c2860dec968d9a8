"""What memory learned, and an index over what it learns from."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None
_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_FEATURES = sa.text("kind = 'features'")


def upgrade() -> None:
    op.create_table(
        "memory_revisions",
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("seq", _BIG, nullable=False, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "seq", name="pk_memory_revisions"),
    )
    op.create_index(
        "ix_evidence_tenant_at_features",
        "evidence",
        ["tenant", "at"],
        sqlite_where=_FEATURES,
        postgresql_where=_FEATURES,
    )


def downgrade() -> None:
    op.drop_index("ix_evidence_tenant_at_features", "evidence")
    op.drop_table("memory_revisions")

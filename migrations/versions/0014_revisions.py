"""The texts of policies that were in force, and when which writer took them up."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "revisions",
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writer", sa.String(40), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_revisions"),
    )
    op.create_index("ix_revisions_at_digest", "revisions", ["at", "digest"])
    op.create_table(
        "revisions_in_force",
        sa.Column("writer", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("writer", "number", name="pk_revisions_in_force"),
    )
    op.create_index("ix_revisions_in_force_digest_at", "revisions_in_force", ["digest", "at"])


def downgrade() -> None:
    op.drop_index("ix_revisions_in_force_digest_at", "revisions_in_force")
    op.drop_table("revisions_in_force")
    op.drop_index("ix_revisions_at_digest", "revisions")
    op.drop_table("revisions")

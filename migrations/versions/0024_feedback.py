"""What people report of decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("seq", _BIG, nullable=False, autoincrement=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.String(40)),
        sa.Column("reporter", sa.String(128)),
        sa.Column("alike", sa.String(64)),
        sa.Column("label", sa.String(12)),
        sa.Column("why_not", sa.String(16)),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("comment", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("tenant", "seq", name="pk_feedback"),
    )
    op.create_index("uq_feedback_id", "feedback", ["id"], unique=True)
    op.create_index("ix_feedback_tenant_reporter_at", "feedback", ["tenant", "reporter", "at"])


def downgrade() -> None:
    op.drop_index("ix_feedback_tenant_reporter_at", "feedback")
    op.drop_index("uq_feedback_id", "feedback")
    op.drop_table("feedback")

"""Decisions of one seat that another seat took over, each once."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_INDEX = "ix_seat_uses_used_at"


def upgrade() -> None:
    op.create_table(
        "seat_uses",
        sa.Column("decision", sa.String(40), nullable=False),
        sa.Column("used_by", sa.String(40), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision", name="pk_seat_uses"),
    )
    op.create_index(_INDEX, "seat_uses", ["used_at"])


def downgrade() -> None:
    op.drop_index(_INDEX, "seat_uses")
    op.drop_table("seat_uses")

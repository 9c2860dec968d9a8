"""Which chains came from sidecars."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shipped_writers",
        sa.Column("writer", sa.String(40), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("writer", name="pk_shipped_writers"),
    )


def downgrade() -> None:
    op.drop_table("shipped_writers")

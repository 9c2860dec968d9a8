"""Where sessions are kept, if not in this database."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session_places",
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("store", sa.String(40), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_session_places"),
    )


def downgrade() -> None:
    op.drop_table("session_places")

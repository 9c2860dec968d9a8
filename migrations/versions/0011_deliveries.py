"""How far records were handed on to each system that wants them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("target", sa.String(128), nullable=False),
        sa.Column("writer", sa.String(40), nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("target", "writer", name="pk_deliveries"),
    )


def downgrade() -> None:
    op.drop_table("deliveries")

"""What gateways on one store tell each other of: a number for each topic, which only grows."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("topic", sa.String(32), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("topic", name="pk_announcements"),
    )


def downgrade() -> None:
    op.drop_table("announcements")

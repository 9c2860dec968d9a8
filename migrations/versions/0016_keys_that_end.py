"""Keys that expire, have a rate of their own, and are known to have been used."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("api_keys") as table:
        table.add_column(sa.Column("expires_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("rate", sa.Float))
        table.add_column(sa.Column("burst", sa.Integer))
        table.add_column(sa.Column("last_used_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    with op.batch_alter_table("api_keys") as table:
        for name in ("last_used_at", "burst", "rate", "expires_at"):
            table.drop_column(name)

"""What rules changed about a call, what they require along with it, and what shadow rules said."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LISTS = ("changes", "obligations", "shadow")


def upgrade() -> None:
    with op.batch_alter_table("decisions") as table:
        table.add_column(sa.Column("changed_hmac", sa.String(80)))
        for name in LISTS:
            table.add_column(sa.Column(name, sa.Text, nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("decisions") as table:
        for name in (*LISTS, "changed_hmac"):
            table.drop_column(name)

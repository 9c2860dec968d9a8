"""Keys that are believed when they say that a call never ran."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    off = sa.Column("trusts_not_run", sa.Boolean, nullable=False, server_default=sa.false())
    with op.batch_alter_table("api_keys") as table:
        table.add_column(off)


def downgrade() -> None:
    with op.batch_alter_table("api_keys") as table:
        table.drop_column("trusts_not_run")

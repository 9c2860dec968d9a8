"""What policies that only observe would have done is found by."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SOME = sa.text("would IS NOT NULL")
_INDEX = "ix_records_tenant_would_id"


def upgrade() -> None:
    op.add_column("records", sa.Column("would", sa.String(8)))
    columns = ["tenant", "would", "id"]
    op.create_index(_INDEX, "records", columns, sqlite_where=_SOME, postgresql_where=_SOME)


def downgrade() -> None:
    op.drop_index(_INDEX, "records")
    op.drop_column("records", "would")

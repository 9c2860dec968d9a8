"""Broken glass, and which decisions were made under it."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None
_ID = sa.String(40).with_variant(sa.String(40, collation="C"), "postgresql")
_UNDER = sa.text("glass IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "glass",
        sa.Column("id", _ID, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.String(128)),
        sa.PrimaryKeyConstraint("id", name="pk_glass"),
    )
    op.create_index("ix_glass_status", "glass", ["status"])
    op.add_column("records", sa.Column("glass", sa.String(400)))
    op.create_index(
        "ix_records_tenant_glass_id",
        "records",
        ["tenant", "glass", "id"],
        sqlite_where=_UNDER,
        postgresql_where=_UNDER,
    )


def downgrade() -> None:
    op.drop_index("ix_records_tenant_glass_id", "records")
    with op.batch_alter_table("records") as table:
        table.drop_column("glass")
    op.drop_table("glass")

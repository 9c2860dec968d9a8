"""Sessions, and what happened in them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("tenant", sa.String(128), primary_key=True),
        sa.Column("id", sa.String(128), primary_key=True),
        sa.Column("subject", sa.String(128)),
        sa.Column("agent", sa.String(128)),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_sessions"),
    )
    op.create_table(
        "session_events",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("session", sa.String(128), nullable=False),
        sa.Column("id", sa.String(160), nullable=False),
        sa.Column("subject", sa.String(128)),
        sa.Column("agent", sa.String(128)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_session_events"),
        sa.UniqueConstraint("tenant", "session", "id", name="uq_session_events_tenant_session_id"),
    )
    for column in ("subject", "agent"):
        op.create_index(
            f"ix_session_events_tenant_{column}_at", "session_events", ["tenant", column, "at"]
        )
    op.create_index("ix_session_events_tenant_at", "session_events", ["tenant", "at"])


def downgrade() -> None:
    op.drop_table("session_events")
    op.drop_table("sessions")

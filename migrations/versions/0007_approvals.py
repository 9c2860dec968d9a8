"""Approvals, which decisions asked for them, and the roles of keys."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDEXES = (
    ("tenant", "digest"),
    ("tenant", "status", "id"),
    ("tenant", "subject", "id"),
    ("tenant", "session", "tool"),
    ("tenant", "tool", "used_at"),
)


def upgrade() -> None:
    with op.batch_alter_table("api_keys") as table:
        table.add_column(sa.Column("roles", sa.Text, nullable=False, server_default="[]"))
    op.create_table(
        "approvals",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("used_by", sa.String(40)),
        sa.Column("edge", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(128)),
        sa.Column("agent", sa.String(128)),
        sa.Column("session", sa.String(128)),
        sa.Column("server", sa.String(128)),
        sa.Column("tool", sa.String(128), nullable=False),
        sa.Column("call_id", sa.String(128), nullable=False),
        sa.Column("answers", sa.LargeBinary, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
    )
    for columns in INDEXES:
        op.create_index(f"ix_approvals_{'_'.join(columns)}", "approvals", columns)
    op.create_table(
        "approval_asks",
        sa.Column("decision", sa.String(40), nullable=False),
        sa.Column("approval", sa.String(40), nullable=False),
        sa.Column("key_id", sa.String(40), nullable=False),
        sa.Column("key_subject", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("decision", name="pk_approval_asks"),
    )
    op.create_index("ix_approval_asks_approval", "approval_asks", ["approval"])


def downgrade() -> None:
    op.drop_table("approval_asks")
    op.drop_table("approvals")
    with op.batch_alter_table("api_keys") as table:
        table.drop_column("roles")

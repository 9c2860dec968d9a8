"""The sessions that a subject and an agent opened last are found by an index."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NAME = "ix_sessions_tenant_subject_agent_opened_at"


def upgrade() -> None:
    op.create_index(NAME, "sessions", ["tenant", "subject", "agent", "opened_at"])


def downgrade() -> None:
    op.drop_index(NAME, "sessions")

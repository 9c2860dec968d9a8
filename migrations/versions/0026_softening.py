"""Whether memory may soften what models deny."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None
_BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "memory_softening",
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("seq", _BIG, nullable=False, autoincrement=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "seq", name="pk_memory_softening"),
    )


def downgrade() -> None:
    op.drop_table("memory_softening")

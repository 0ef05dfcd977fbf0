"""When a stream was asked for out of its turn; what was written to leads is found by its time."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

PLACED = sa.text("action IN ('create_lead', 'owner', 'status') AND state = 'done'")


def upgrade() -> None:
    op.add_column("cursor", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_outbox_placed", "outbox", ["system", "settled_at"],
        sqlite_where=PLACED, postgresql_where=PLACED,
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")

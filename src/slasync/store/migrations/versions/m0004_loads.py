"""Indexes that leads are counted by: those that somebody has open, those given to him of late."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WORKED = sa.text("sla_state NOT IN ('', 'converted', 'recycled', 'disqualified', 'deleted')")
ROUTED = sa.text("kind = 'routed'")


def upgrade() -> None:
    op.create_index(
        "ix_lead_worked", "lead", ["owner"], sqlite_where=WORKED, postgresql_where=WORKED
    )
    op.create_index(
        "ix_fact_routed", "fact", ["seen_at"], sqlite_where=ROUTED, postgresql_where=ROUTED
    )


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")

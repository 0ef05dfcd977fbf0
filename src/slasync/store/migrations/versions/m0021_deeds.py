"""What one person did in a stretch of time can be found, whatever the leads."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

DEEDS = sa.text("kind IN ('touch', 'status')")


def upgrade() -> None:
    columns = ["by", "occurred_at"]
    op.create_index("ix_fact_deeds", "fact", columns, sqlite_where=DEEDS, postgresql_where=DEEDS)


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")

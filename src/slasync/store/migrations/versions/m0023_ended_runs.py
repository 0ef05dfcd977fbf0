"""Comparisons under way, and the last of each stream, are found without a look at all others."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

UNENDED, ENDED = sa.text("ended_at IS NULL"), sa.text("ended_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_sweep_run_ended", "sweep_run", ["kind", "stream", "id"],
        sqlite_where=ENDED, postgresql_where=ENDED,
    )  # fmt: skip
    op.create_index(
        "ix_sweep_run_under_way", "sweep_run", ["system", "id"],
        sqlite_where=UNENDED, postgresql_where=UNENDED,
    )  # fmt: skip
    op.create_index("ix_sweep_run_began_at", "sweep_run", ["began_at"])


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")

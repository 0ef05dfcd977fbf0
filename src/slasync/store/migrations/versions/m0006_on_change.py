"""Each edition of the agreement says what became of the leads that were open."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("edition", sa.Column("on_change", sa.String(), nullable=True))
    op.add_column("edition", sa.Column("agreed", sa.String(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")

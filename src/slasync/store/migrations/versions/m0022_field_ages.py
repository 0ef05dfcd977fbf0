"""Since when at least each field of a record is as it is: times only, never values."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("record", sa.Column("since", JSON, nullable=True))


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")

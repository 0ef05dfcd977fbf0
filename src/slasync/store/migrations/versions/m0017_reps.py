"""The language in which the CRM speaks with a user."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("crm_user", sa.Column("language", sa.String(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")

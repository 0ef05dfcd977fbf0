"""Modes of teams: each lead's mode, and what mode shadow kept back."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "lead_mode",
        text("lead_key"),
        text("mode"),
        sa.Column("teams", JSON, nullable=False),
        text("why"),
        time("since"),
        text("last_writes", null=True),
        sa.PrimaryKeyConstraint("lead_key", name="pk_lead_mode"),
    )
    op.create_index("ix_lead_mode_mode", "lead_mode", ["mode"])
    op.create_table(
        "shadow_write",
        text("key"),
        text("lead_key"),
        time("at"),
        sa.Column("teams", JSON, nullable=False),
        text("action"),
        sa.Column("payload", JSON, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_shadow_write"),
    )
    op.create_index("ix_shadow_write_lead_key", "shadow_write", ["lead_key"])
    op.create_index("ix_shadow_write_at", "shadow_write", ["at"])


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def time(name: str) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)

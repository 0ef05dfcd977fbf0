"""The calls made to each system, kept over restarts; writes that go before others."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

URGENT = "urgent AND state IN ('pending', 'maybe_sent')"


def upgrade() -> None:
    op.create_table(
        "call_budget",
        text("system"),
        text("zone", null=True),
        number("used", null=True),
        number("allowed", null=True),
        time("told_at", null=True),
        number("others", null=True),
        time("ends_at", null=True),
        text("notice", null=True),
        time("noticed_at", null=True),
        sa.PrimaryKeyConstraint("system", name="pk_call_budget"),
    )
    op.create_table(
        "call_slot",
        text("system"),
        time("slot"),
        text("lane"),
        number("calls"),
        sa.PrimaryKeyConstraint("system", "slot", "lane", name="pk_call_slot"),
    )
    op.add_column("outbox", sa.Column("urgent", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_outbox_urgent",
        "outbox",
        ["system", "not_before"],
        sqlite_where=sa.text(URGENT),
        postgresql_where=sa.text(URGENT),
    )


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null)


def time(name: str, *, null: bool = False) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)

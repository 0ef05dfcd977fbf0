"""Held batches have names and an end; what is usual at an hour and changed at once can be counted."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TASKS = sa.text("action = 'task'")
WAITING = sa.text("batch IS NOT NULL AND state IN ('held', 'pending')")
MOVING = sa.text("kind IN ('handover', 'owner', 'status')")


def upgrade() -> None:
    op.create_table(
        "held_batch",
        text("name"),
        text("reason"),
        sa.Column("day", sa.Date(), nullable=False),
        text("because"),
        time("opened_at"),
        text("state"),
        time("settled_at", null=True),
        text("settled_by", null=True),
        text("why", null=True),
        sa.Column("writes", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_held_batch"),
    )
    op.create_index("ix_held_batch_reason_day", "held_batch", ["reason", "day"])
    op.create_index("ix_held_batch_state", "held_batch", ["state"])
    for column in (text("batch", null=True), text("held_because", null=True),
                   time("let_go_at", null=True)):
        op.add_column("outbox", column)
    name_what_is_held()
    op.create_index("ix_outbox_batch", "outbox", ["batch"])
    partial("ix_outbox_tasks", "outbox", ["decided_at"], TASKS)
    partial("ix_outbox_waiting", "outbox", ["lead_key"], WAITING)
    partial("ix_fact_moving", "fact", ["seen_at"], MOVING)


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")


def name_what_is_held() -> None:
    """Put what an earlier slasync held into one batch, as old as its oldest write."""
    day = "CAST(since AS DATE)" if op.get_bind().dialect.name == "postgresql" else "date(since)"
    op.execute(
        "INSERT INTO held_batch (name, reason, day, because, opened_at, state)"
        f" SELECT 'late-before-0008', 'late', {day}, 'held before batches had names', since, 'open'"
        " FROM (SELECT min(decided_at) AS since FROM outbox WHERE state = 'held') AS oldest"
        " WHERE since IS NOT NULL"
    )
    op.execute(
        "UPDATE outbox SET batch = 'late-before-0008',"
        " held_because = 'held before batches had names' WHERE state = 'held'"
    )


def partial(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def time(name: str, *, null: bool = False) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)

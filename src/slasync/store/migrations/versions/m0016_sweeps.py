"""Comparisons of mirror and systems; records that are held because too many vanished."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sweep_run",
        sa.Column("id", NUMBER, nullable=False, autoincrement=True),
        text("kind"), text("system"), text("stream"), time("began_at"), time("since", null=True),
        time("upto"), text("phase"), text("position", null=True), number("rows"),
        sa.Column("missed", JSON, nullable=False), number("held"), time("advanced_at"),
        time("ended_at", null=True), number("failures"), text("error", null=True),
        text("lease_by", null=True), time("lease_until", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_sweep_run"),
    )  # fmt: skip
    unended = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_sweep_run_open", "sweep_run", ["kind", "stream"], unique=True,
        sqlite_where=unended, postgresql_where=unended,
    )  # fmt: skip
    op.create_index("ix_sweep_run_system_began_at", "sweep_run", ["system", "began_at"])
    op.create_table(
        "sweep_seen",
        sa.Column("run", NUMBER, nullable=False), text("external_id"),
        sa.PrimaryKeyConstraint("run", "external_id", name="pk_sweep_seen"),
    )  # fmt: skip
    _vanished()


def _vanished() -> None:
    op.create_table(
        "vanished_batch",
        text("name"), text("system"), text("kind"), text("because"), text("state"),
        time("opened_at"), time("settled_at", null=True), text("settled_by", null=True),
        text("why", null=True),
        sa.PrimaryKeyConstraint("name", name="pk_vanished_batch"),
    )  # fmt: skip
    op.create_table(
        "vanished",
        text("system"), text("kind"), text("external_id"), text("batch"),
        sa.PrimaryKeyConstraint("system", "kind", "external_id", name="pk_vanished"),
    )  # fmt: skip
    op.create_index("ix_vanished_batch", "vanished", ["batch"])
    deleted = sa.text("deleted")
    op.create_index(
        "ix_record_deleted", "record", ["system", "kind", "seen_at"],
        sqlite_where=deleted, postgresql_where=deleted,
    )  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def time(name: str, *, null: bool = False) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)

"""Users of the dashboard, their sessions, the audit; leads at work are found by when they are due."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
WORKED = sa.text("sla_state NOT IN ('', 'converted', 'recycled', 'disqualified', 'deleted')")


def upgrade() -> None:
    op.create_table(
        "access_user",
        text("name"), text("rank"), text("password"), time("made_at"), time("changed_at"),
        sa.PrimaryKeyConstraint("name", name="pk_access_user"),
    )
    op.create_table(
        "access_session",
        text("token"), text("who"), text("rank", null=True), text("address"), text("agent"),
        time("begun_at"), time("seen_at"), time("ends_at"),
        sa.PrimaryKeyConstraint("token", name="pk_access_session"),
    )
    op.create_index("ix_access_session_who", "access_session", ["who"])
    op.create_index("ix_access_session_ends_at", "access_session", ["ends_at"])
    op.create_table(
        "access_throttle",
        text("key"), sa.Column("failures", sa.Integer(), nullable=False), time("last_at"),
        sa.PrimaryKeyConstraint("key", name="pk_access_throttle"),
    )
    op.create_table(
        "access_attempt",
        text("state"), text("browser"), text("nonce"), text("verifier"), text("then"),
        time("ends_at"),
        sa.PrimaryKeyConstraint("state", name="pk_access_attempt"),
    )
    op.create_index("ix_access_attempt_ends_at", "access_attempt", ["ends_at"])
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), nullable=False), time("at"), text("who"),
        text("action"), text("target"), text("outcome"), text("address"),
        sa.Column("detail", JSON, nullable=False), text("before"), text("hash"),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
        sa.UniqueConstraint("before", name="uq_audit_before"),
    )
    append_only("audit")
    partial("ix_lead_board", ["owner", "sla_state", "due_at", "key"])
    op.create_index("ix_lead_stage_sla_state", "lead", ["stage", "sla_state"])
    partial("ix_lead_due", ["sla_state", "due_at", "key"])


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")


def append_only(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION slasync_append_only()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only_{change.lower()} BEFORE {change} ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def partial(name: str, columns: list[str]) -> None:
    op.create_index(name, "lead", columns, sqlite_where=WORKED, postgresql_where=WORKED)


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def time(name: str) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)

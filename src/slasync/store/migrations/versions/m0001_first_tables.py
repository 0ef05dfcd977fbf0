"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    people()
    history()
    mirror()
    progress()
    clocks()
    inbox()
    outbox()
    journal()
    append_only("decision")


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def flag(name: str, *, null: bool = False) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=null)


def time(name: str, *, null: bool = False) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def json(name: str) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, JSON, nullable=False)


def big_id() -> sa.Column[int]:
    return sa.Column("id", BIG_ID, nullable=False)


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def people() -> None:
    op.create_table(
        "lead",
        text("key"),
        text("email", null=True),
        json("fields"),
        text("stage"),
        text("owner", null=True),
        text("sla_state"),
        time("due_at", null=True),
        time("dirty_at", null=True),
        time("created_at"),
        time("updated_at"),
        key("lead", "key"),
    )
    index("lead", "email")
    index("lead", "dirty_at")
    op.create_table(
        "link",
        text("system"),
        text("kind"),
        text("external_id"),
        text("lead_key"),
        text("how"),
        time("linked_at"),
        key("link", "system", "kind", "external_id"),
    )
    index("link", "lead_key")


def history() -> None:
    op.create_table(
        "fact",
        big_id(),
        text("lead_key"),
        text("source"),
        text("source_id"),
        text("kind"),
        time("occurred_at"),
        time("seen_at"),
        text("by", null=True),
        json("data"),
        flag("at_latest"),
        key("fact", "id"),
        sa.UniqueConstraint(
            "lead_key", "source", "source_id", name="uq_fact_lead_key_source_source_id"
        ),
    )


def mirror() -> None:
    op.create_table(
        "record",
        text("system"),
        text("kind"),
        text("external_id"),
        time("modified_at"),
        time("seen_at"),
        flag("deleted"),
        text("email", null=True),
        text("owner", null=True),
        text("status", null=True),
        json("fields"),
        json("raw"),
        key("record", "system", "kind", "external_id"),
    )
    index("record", "email")
    op.create_table(
        "crm_user",
        text("key"),
        text("name"),
        text("email", null=True),
        text("kind"),
        flag("active"),
        text("manager", null=True),
        text("zone", null=True),
        time("seen_at"),
        key("crm_user", "key"),
    )
    op.create_table(
        "quarantine",
        text("stream"),
        text("external_id"),
        text("reason"),
        json("raw"),
        time("first_seen"),
        time("last_seen"),
        key("quarantine", "stream", "external_id"),
    )


def progress() -> None:
    op.create_table("meta", text("key"), text("value"), key("meta", "key"))
    op.create_table("pool", text("name"), json("state"), key("pool", "name"))
    op.create_table(
        "cursor",
        text("stream"),
        text("system"),
        time("since", null=True),
        time("upto", null=True),
        text("position", null=True),
        time("watermark", null=True),
        time("advanced_at", null=True),
        time("completed_at", null=True),
        number("passes"),
        number("failures"),
        text("error", null=True),
        text("lease_by", null=True),
        time("lease_until", null=True),
        number("term"),
        key("cursor", "stream"),
    )


def clocks() -> None:
    op.create_table(
        "clock",
        text("lead_key"),
        text("cycle"),
        text("clock"),
        number("generation"),
        text("state"),
        time("anchor_at", null=True),
        text("gate"),
        time("wake_at", null=True),
        text("next_rung", null=True),
        time("due_at", null=True),
        time("ended_at", null=True),
        text("end_reason", null=True),
        text("calendar", null=True),
        key("clock", "lead_key", "cycle", "clock"),
    )
    index("clock", "gate", "wake_at")


def inbox() -> None:
    op.create_table(
        "inbox",
        big_id(),
        text("system"),
        text("dedup_key"),
        time("received_at"),
        json("payload"),
        text("state"),
        number("attempts"),
        time("not_before"),
        text("lease_by", null=True),
        time("lease_until", null=True),
        text("reason", null=True),
        key("inbox", "id"),
        sa.UniqueConstraint("dedup_key", name="uq_inbox_dedup_key"),
    )
    index("inbox", "state", "not_before")


def outbox() -> None:
    op.create_table(
        "outbox",
        big_id(),
        text("key"),
        text("lead_key"),
        text("system"),
        text("lane"),
        text("action"),
        json("payload"),
        text("state"),
        number("attempts"),
        time("not_before"),
        text("lease_by", null=True),
        time("lease_until", null=True),
        number("term"),
        text("outcome", null=True),
        text("external_ref", null=True),
        flag("created", null=True),
        flag("late"),
        time("decided_at"),
        time("sent_at", null=True),
        time("settled_at", null=True),
        key("outbox", "id"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    index("outbox", "lead_key")
    index("outbox", "state", "system", "lane", "not_before")
    partial_index("open", ["system", "not_before"], "state IN ('pending', 'maybe_sent')")
    partial_index("late", ["decided_at"], "late")


def partial_index(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(f"ix_outbox_{name}", "outbox", columns, sqlite_where=where, postgresql_where=where)


def journal() -> None:
    op.create_table(
        "decision",
        big_id(),
        text("lead_key"),
        time("at"),
        text("agreement_hash"),
        text("mode"),
        json("because"),
        json("writes"),
        json("facts"),
        key("decision", "id"),
    )
    index("decision", "lead_key")
    op.create_table(
        "digest_line",
        text("key"),
        text("lead_key"),
        text("recipient"),
        text("text"),
        time("at"),
        key("digest_line", "key"),
    )
    index("digest_line", "at")


def append_only(table: str) -> None:
    """Have the database itself refuse to change or delete rows of `table`."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION slasync_append_only() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
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

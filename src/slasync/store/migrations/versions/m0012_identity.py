"""Links with their evidence, leads that are one person, fields kept alike in several systems."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("link", json("evidence", null=True))
    op.add_column("link", text("merged_into", null=True))
    op.add_column("fact", text("about", null=True))
    _leads()
    _notes()
    _fields()


def _leads() -> None:
    op.create_table(
        "lead_join",
        text("lead"), text("survivor"), text("parent"), text("how"), json("evidence"),
        time("joined_at"),
        sa.PrimaryKeyConstraint("lead", name="pk_lead_join"),
    )  # fmt: skip
    op.create_index("ix_lead_join_survivor", "lead_join", ["survivor"])
    op.create_table(
        "link_refusal",
        text("record"), text("lead"), time("at"), text("by"), text("why"),
        sa.PrimaryKeyConstraint("record", "lead", name="pk_link_refusal"),
    )  # fmt: skip


def _notes() -> None:
    op.create_table(
        "link_note",
        sa.Column("id", NUMBER, nullable=False, autoincrement=True),
        time("at"), text("act"), text("record"), text("lead"), text("how"), json("evidence"),
        text("by"), text("why"),
        sa.PrimaryKeyConstraint("id", name="pk_link_note"),
    )  # fmt: skip
    op.create_index("ix_link_note_lead", "link_note", ["lead"])
    op.create_index("ix_link_note_record", "link_note", ["record"])
    append_only("link_note")


def _fields() -> None:
    op.create_table(
        "kept_field",
        text("lead"), text("field"), json("base", null=True), json("seen"), json("writes"),
        time("stopped_at", null=True),
        sa.PrimaryKeyConstraint("lead", "field", name="pk_kept_field"),
    )  # fmt: skip
    op.create_table(
        "field_conflict",
        text("lead"), text("field"), text("kind"), text("why"), json("sides"),
        json("base", null=True), text("state"), time("opened_at"), time("settled_at", null=True),
        text("settled_by", null=True), json("choice", null=True),
        sa.PrimaryKeyConstraint("lead", "field", name="pk_field_conflict"),
    )  # fmt: skip
    op.create_index("ix_field_conflict_state", "field_conflict", ["state"])
    op.create_table(
        "field_due",
        text("lead"), time("at"),
        sa.PrimaryKeyConstraint("lead", name="pk_field_due"),
    )  # fmt: skip
    op.create_index("ix_field_due_at", "field_due", ["at"])


def append_only(table: str) -> None:
    """Have the database itself refuse to change or delete rows of `table`."""
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


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def time(name: str, *, null: bool = False) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def json(name: str, *, null: bool = False) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, JSON, nullable=null)

"""Marks of people who are forgotten; what is only ever added to can be rewritten to forget them.

The leave to rewrite is a row in `erasing`, which only the transaction that put it there sees. What
is append-only may then be changed, still never deleted.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ERASED_FROM = ("decision", "link_note", "audit")


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("system", sa.String(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_forgotten"),
    )
    op.create_index("ix_forgotten_person", "forgotten", ["person"])
    op.create_table(
        "erasing",
        sa.Column("person", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_erasing"),
    )
    for table in ERASED_FROM:
        erasable(table)


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")


def erasable(table: str) -> None:
    """Have the database refuse to change rows of `table`, but while somebody is being erased."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION slasync_erasable() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN"
            " IF TG_OP = 'UPDATE' AND EXISTS (SELECT 1 FROM erasing) THEN RETURN NULL; END IF;"
            " RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION slasync_erasable()"
        )
        return
    op.execute(f"DROP TRIGGER {table}_append_only_update")
    op.execute(
        f"CREATE TRIGGER {table}_append_only_update BEFORE UPDATE ON {table}"
        " WHEN NOT EXISTS (SELECT 1 FROM erasing)"
        f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )

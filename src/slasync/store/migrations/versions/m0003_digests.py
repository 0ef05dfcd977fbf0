"""Digest lines are sent: the digests that hold them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
UNTOLD = sa.text("digest IS NULL")


def upgrade() -> None:
    op.add_column("digest_line", sa.Column("digest", sa.String(), nullable=True))
    op.create_index(
        "ix_digest_line_untold",
        "digest_line",
        ["recipient", "at"],
        sqlite_where=UNTOLD,
        postgresql_where=UNTOLD,
    )
    op.create_index("ix_digest_line_digest", "digest_line", ["digest"])
    op.create_table(
        "digest",
        text("key"),
        text("reader"),
        text("channel"),
        time("slot"),
        sa.Column("message", JSON, nullable=False),
        text("state"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        time("not_before"),
        text("lease_by", null=True),
        time("lease_until", null=True),
        sa.Column("term", sa.Integer(), nullable=False),
        text("outcome", null=True),
        time("made_at"),
        time("sent_at", null=True),
        time("settled_at", null=True),
        sa.PrimaryKeyConstraint("key", name="pk_digest"),
    )
    op.create_index("ix_digest_reader_slot", "digest", ["reader", "slot"])
    op.create_index("ix_digest_state_not_before", "digest", ["state", "not_before"])


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def time(name: str, *, null: bool = False) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)

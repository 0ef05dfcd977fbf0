"""The CRM's accounts, and what they are found by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "company",
        text("key"),
        text("name"),
        text("owner", null=True),
        sa.Column("domains", JSON, nullable=False),
        text("parent", null=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        text("merged_into", null=True),
        time("modified_at"),
        time("seen_at"),
        sa.Column("raw", JSON, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_company"),
    )
    op.create_table(
        "company_key",
        text("value"),
        text("kind"),
        text("company"),
        sa.PrimaryKeyConstraint("value", "kind", "company", name="pk_company_key"),
    )
    op.create_index("ix_company_key_company", "company_key", ["company"])


def downgrade() -> None:
    raise NotImplementedError("go back by restoring the backup made before")


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=null)


def time(name: str) -> sa.Column:  # type: ignore[type-arg]
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)

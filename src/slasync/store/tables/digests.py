"""What people outside the CRM are told: lines that wait, and the digests that hold them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import Json, UtcDateTime

# Literal, not bound: SQLite uses a partial index only for the very same words.
UNTOLD = "digest IS NULL"


class DigestLineTable(Row, table=True):
    """One line of a reader's next digest."""

    __tablename__ = "digest_line"
    __table_args__ = (
        Index(
            "ix_digest_line_untold",
            "recipient",
            "at",
            sqlite_where=text(UNTOLD),
            postgresql_where=text(UNTOLD),
        ),
        Index(None, "digest"),
    )

    key: str = Field(primary_key=True)
    lead_key: str
    recipient: str
    text: str
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    digest: str | None = None  # the digest that holds it


class DigestTable(Row, table=True):
    """One message with the lines of one reader, its words as they are sent."""

    __tablename__ = "digest"
    __table_args__ = (Index(None, "reader", "slot"), Index(None, "state", "not_before"))

    key: str = Field(primary_key=True)
    reader: str
    channel: str
    slot: datetime = Field(sa_type=UtcDateTime)  # when it was due
    message: dict[str, Any] = Field(sa_type=Json)
    state: str  # pending | maybe_sent | done | given_back
    attempts: int
    not_before: datetime = Field(sa_type=UtcDateTime)  # free to be taken from here on
    lease_by: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    term: int  # counts claims: a holder of an older term settles nothing
    outcome: str | None = None
    made_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

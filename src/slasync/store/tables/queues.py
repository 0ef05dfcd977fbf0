"""What waits to be done: events that came in, writes that go out."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import BigId, Json, UtcDateTime

# Literal, not bound: SQLite uses a partial index only for the very same words.
OPEN = "state IN ('pending', 'maybe_sent')"
LATE = "late"


class InboxTable(Row, table=True):
    """A webhook's event, on disk before its sender is told so."""

    __tablename__ = "inbox"
    __table_args__ = (Index(None, "state", "not_before"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    system: str
    dedup_key: str = Field(unique=True)
    received_at: datetime = Field(sa_type=UtcDateTime)
    payload: dict[str, Any] = Field(sa_type=Json)
    state: str  # pending | done | quarantined
    attempts: int
    not_before: datetime = Field(sa_type=UtcDateTime)  # free to be taken from here on
    lease_by: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str | None = None


class OutboxTable(Row, table=True):
    """A write on its way to a system, kept for good: its key is why it never happens twice."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(None, "state", "system", "lane", "not_before"),
        Index(
            "ix_outbox_open",
            "system",
            "not_before",
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        Index("ix_outbox_late", "decided_at", sqlite_where=text(LATE), postgresql_where=text(LATE)),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    key: str = Field(unique=True)
    lead_key: str = Field(index=True)
    system: str
    lane: str
    action: str
    payload: dict[str, Any] = Field(sa_type=Json)
    state: str  # held | pending | maybe_sent | done | superseded | parked
    attempts: int
    not_before: datetime = Field(sa_type=UtcDateTime)  # free to be taken from here on
    lease_by: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    term: int  # counts claims: a holder of an older term settles nothing
    outcome: str | None = None
    external_ref: str | None = None
    created: bool | None = None
    late: bool  # decided in catching up: counts against the caps
    decided_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

"""What waits to be done: events that came in, writes that go out."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import BigId, Json, UtcDateTime

# Literal, not bound: SQLite uses a partial index only for the very same words.
OPEN = "state IN ('pending', 'maybe_sent')"
LATE = "late"
TASKS = "action = 'task'"
URGENT = "urgent AND state IN ('pending', 'maybe_sent')"
PLACED = "action IN ('create_lead', 'owner', 'status') AND state = 'done'"
WAITING = "batch IS NOT NULL AND state IN ('held', 'pending')"


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
        Index(
            "ix_outbox_tasks", "decided_at", sqlite_where=text(TASKS), postgresql_where=text(TASKS)
        ),
        Index(
            "ix_outbox_waiting",
            "lead_key",
            sqlite_where=text(WAITING),
            postgresql_where=text(WAITING),
        ),
        Index(
            "ix_outbox_placed",
            "system",
            "settled_at",
            sqlite_where=text(PLACED),
            postgresql_where=text(PLACED),
        ),
        Index(None, "batch"),
        Index(
            "ix_outbox_urgent",
            "system",
            "not_before",
            sqlite_where=text(URGENT),
            postgresql_where=text(URGENT),
        ),
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
    late: bool  # counts against the caps: decided in catching up, or above what is usual
    urgent: bool | None = None  # goes out also where calls are left for the most urgent only
    batch: str | None = None  # the batch it was held in, if it ever was
    held_because: str | None = None
    let_go_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # free from then on
    decided_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class HeldBatchTable(Row, table=True):
    """Writes held together, and who decided what becomes of them: kept for good."""

    __tablename__ = "held_batch"
    __table_args__ = (Index(None, "reason", "day"), Index(None, "state"))

    name: str = Field(primary_key=True)
    reason: str
    day: date  # of the agreement's calendar, when it was opened
    because: str
    opened_at: datetime = Field(sa_type=UtcDateTime)
    state: str  # open | allowed | discarded | folded
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by: str | None = None
    why: str | None = None  # in the words of who settled it
    writes: int | None = None  # that were held when it was settled

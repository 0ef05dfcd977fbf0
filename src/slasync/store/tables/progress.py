"""How far slasync has come: cursors of streams, clocks of leads, pools dealt out, settings kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import Json, UtcDateTime


class MetaTable(Row, table=True):
    """What this database knows of itself: the installation's id, the cut-over date."""

    __tablename__ = "meta"

    key: str = Field(primary_key=True)
    value: str


class CursorTable(Row, table=True):
    """How far a stream has been read, and who is reading it."""

    __tablename__ = "cursor"

    stream: str = Field(primary_key=True)
    system: str
    since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    upto: datetime | None = Field(default=None, sa_type=UtcDateTime)
    position: str | None = None
    watermark: datetime | None = Field(default=None, sa_type=UtcDateTime)
    advanced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # to be read at once
    passes: int
    failures: int
    error: str | None = None
    lease_by: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    term: int  # counts claims: a holder of an older term has lost the stream


class FeedTable(Row, table=True):
    """How far a feed has been heard, and which process listens to it."""

    __tablename__ = "feed"

    name: str = Field(primary_key=True)
    system: str
    position: str | None = None
    heard_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int
    error: str | None = None
    lease_by: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ClockTable(Row, table=True):
    """One clock of one cycle of a lead, with the moment it wants to be looked at again."""

    __tablename__ = "clock"
    __table_args__ = (Index(None, "gate", "wake_at"),)

    lead_key: str = Field(primary_key=True)
    cycle: str = Field(primary_key=True)
    clock: str = Field(primary_key=True)
    generation: int
    state: str
    anchor_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    gate: str  # names the streams that must have been read past wake_at
    wake_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_rung: str | None = None
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    end_reason: str | None = None
    calendar: str | None = None


class PoolTable(Row, table=True):
    """Whose turn it is in a pool. Its row lock makes routing one lead after another."""

    __tablename__ = "pool"

    name: str = Field(primary_key=True)
    state: dict[str, Any] = Field(sa_type=Json)

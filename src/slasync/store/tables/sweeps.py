"""Comparisons of mirror and systems, and records that are held because too many vanished."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import BigId, Json, UtcDateTime

UNENDED, ENDED = "ended_at IS NULL", "ended_at IS NOT NULL"


class SweepRunTable(Row, table=True):
    """One comparison of a stream: how far it is, or what it found. Kept for good."""

    __tablename__ = "sweep_run"
    __table_args__ = (
        Index(
            "ix_sweep_run_open",
            "kind",
            "stream",
            unique=True,
            sqlite_where=text(UNENDED),
            postgresql_where=text(UNENDED),
        ),
        Index(
            "ix_sweep_run_under_way",
            "system",
            "id",
            sqlite_where=text(UNENDED),
            postgresql_where=text(UNENDED),
        ),
        Index(
            "ix_sweep_run_ended",
            "kind",
            "stream",
            "id",
            sqlite_where=text(ENDED),
            postgresql_where=text(ENDED),
        ),
        Index(None, "system", "began_at"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    kind: str  # of comparison
    system: str
    stream: str  # or the system, where several streams are read together
    began_at: datetime = Field(sa_type=UtcDateTime, index=True)
    since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    upto: datetime = Field(sa_type=UtcDateTime)
    phase: str
    position: str | None = None
    rows: int  # read so far
    missed: dict[str, Any] = Field(sa_type=Json)  # stream -> cause -> records
    held: int  # records that are gone and wait for a person
    advanced_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int
    error: str | None = None
    lease_by: str | None = None
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SweepSeenTable(Row, table=True):
    """A record that the sweep under way has seen in its system; forgotten when it ends."""

    __tablename__ = "sweep_seen"

    run: int = Field(primary_key=True, sa_type=BigId)
    external_id: str = Field(primary_key=True)


class VanishedBatchTable(Row, table=True):
    """Records that vanished together: too many to be believed."""

    __tablename__ = "vanished_batch"

    name: str = Field(primary_key=True)
    system: str
    kind: str
    because: str
    state: str  # open | accepted | settled
    opened_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by: str | None = None
    why: str | None = None


class VanishedTable(Row, table=True):
    """A record of such a batch: the mirror goes on showing it as it was."""

    __tablename__ = "vanished"

    system: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    batch: str = Field(index=True)

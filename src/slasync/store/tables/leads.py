"""Leads: who is mirrored, by which records they are known, and what happened to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import BigId, Json, UtcDateTime

# Literal, not bound: SQLite uses a partial index only for the very same words.
WORKED = "sla_state NOT IN ('', 'converted', 'recycled', 'disqualified', 'deleted')"
ROUTED = "kind = 'routed'"
MOVING = "kind IN ('handover', 'owner', 'status')"
DEEDS = "kind IN ('touch', 'status')"


class LeadTable(Row, table=True):
    """One person, the fields of all systems merged."""

    __tablename__ = "lead"
    __table_args__ = (
        Index("ix_lead_worked", "owner", sqlite_where=text(WORKED), postgresql_where=text(WORKED)),
        Index(
            "ix_lead_board",
            "owner",
            "sla_state",
            "due_at",
            "key",
            sqlite_where=text(WORKED),
            postgresql_where=text(WORKED),
        ),
        Index(None, "stage", "sla_state"),
        Index(
            "ix_lead_due",
            "sla_state",
            "due_at",
            "key",
            sqlite_where=text(WORKED),
            postgresql_where=text(WORKED),
        ),
    )

    key: str = Field(primary_key=True)
    email: str | None = Field(default=None, index=True)  # normalised
    fields: dict[str, Any] = Field(sa_type=Json)
    stage: str = ""
    owner: str | None = None
    sla_state: str = ""
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    dirty_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class LinkTable(Row, table=True):
    """A record of a system that is this lead."""

    __tablename__ = "link"

    system: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    lead_key: str = Field(index=True)
    how: str  # "id" | "key" | "email" | "first" | "created" | "merge" | "hand"
    linked_at: datetime = Field(sa_type=UtcDateTime)
    evidence: dict[str, Any] | None = Field(default=None, sa_type=Json)
    merged_into: str | None = None  # gone: the id of the record that it became part of


class FactTable(Row, table=True):
    """Something that happened to a lead; learned once, never changed."""

    __tablename__ = "fact"
    __table_args__ = (
        UniqueConstraint("lead_key", "source", "source_id"),
        Index(
            "ix_fact_routed", "seen_at", sqlite_where=text(ROUTED), postgresql_where=text(ROUTED)
        ),
        Index(
            "ix_fact_moving", "seen_at", sqlite_where=text(MOVING), postgresql_where=text(MOVING)
        ),
        Index(
            "ix_fact_deeds",
            "by",
            "occurred_at",
            sqlite_where=text(DEEDS),
            postgresql_where=text(DEEDS),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    lead_key: str
    source: str
    source_id: str
    kind: str
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    by: str | None = None
    data: dict[str, Any] = Field(sa_type=Json)
    at_latest: bool
    about: str | None = None  # the record it is told of, as text

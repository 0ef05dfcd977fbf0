"""Leads that are one person, what people decided about links, and fields kept alike."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import BigId, Json, UtcDateTime


class LeadJoinTable(Row, table=True):
    """A lead that was found to be the same person as another."""

    __tablename__ = "lead_join"

    lead: str = Field(primary_key=True)
    survivor: str = Field(index=True)  # under whose key both are known now
    parent: str  # the lead that it was joined to, which may have been joined to another since
    how: str
    evidence: dict[str, Any] = Field(sa_type=Json)
    joined_at: datetime = Field(sa_type=UtcDateTime)


class LinkRefusalTable(Row, table=True):
    """What somebody undid: not to be made again by itself."""

    __tablename__ = "link_refusal"

    record: str = Field(primary_key=True)  # a record, or a lead's key
    lead: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    why: str


class LinkNoteTable(Row, table=True):
    """Who linked, joined or parted what, when, and on what evidence. Append-only."""

    __tablename__ = "link_note"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime)
    act: str  # "linked" | "joined" | "unlinked" | "parted"
    record: str = Field(index=True)  # a record, or the key of the lead that was joined
    lead: str = Field(index=True)
    how: str
    evidence: dict[str, Any] = Field(sa_type=Json)
    by: str  # a person, or slasync itself
    why: str


class KeptFieldTable(Row, table=True):
    """A field that several systems keep: what they last agreed on, what was seen, and written."""

    __tablename__ = "kept_field"

    lead: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    base: dict[str, Any] | None = Field(default=None, sa_type=Json)
    seen: dict[str, Any] = Field(sa_type=Json)  # by record: value, and since when it is there
    writes: list[Any] = Field(sa_type=Json)  # the last ones: record, value, when
    stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class FieldConflictTable(Row, table=True):
    """A field of which the systems say different things, and nobody can tell which holds."""

    __tablename__ = "field_conflict"

    lead: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    kind: str
    why: str
    sides: list[Any] = Field(sa_type=Json)
    base: dict[str, Any] | None = Field(default=None, sa_type=Json)
    state: str = Field(index=True)  # "open" | "settled" | "gone"
    opened_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_by: str | None = None
    choice: dict[str, Any] | None = Field(default=None, sa_type=Json)


class FieldDueTable(Row, table=True):
    """A lead of which a field that is kept alike has changed somewhere."""

    __tablename__ = "field_due"

    lead: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)

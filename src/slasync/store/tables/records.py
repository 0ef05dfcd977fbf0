"""The systems as they show themselves: records, users, and what was not understood."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import Json, UtcDateTime

DELETED = "deleted"


class RecordTable(Row, table=True):
    """The last reading of one record."""

    __tablename__ = "record"
    __table_args__ = (
        Index(
            "ix_record_deleted",
            "system",
            "kind",
            "seen_at",
            sqlite_where=text(DELETED),
            postgresql_where=text(DELETED),
        ),
    )

    system: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    modified_at: datetime = Field(sa_type=UtcDateTime)  # vendor time
    seen_at: datetime = Field(sa_type=UtcDateTime)
    deleted: bool
    email: str | None = Field(default=None, index=True)
    owner: str | None = None
    status: str | None = None
    fields: dict[str, Any] = Field(sa_type=Json)  # by slasync's names
    raw: dict[str, Any] = Field(sa_type=Json)  # as the system sent it
    since: dict[str, Any] | None = Field(default=None, sa_type=Json)  # as in domain/field_ages.py


class UserTable(Row, table=True):
    """A user or queue of the CRM."""

    __tablename__ = "crm_user"  # "user" is a reserved word

    key: str = Field(primary_key=True)
    name: str
    email: str | None = None
    kind: str
    active: bool
    manager: str | None = None
    zone: str | None = None
    language: str | None = None
    seen_at: datetime = Field(sa_type=UtcDateTime)


class QuarantineTable(Row, table=True):
    """A record that could not be understood, and why."""

    __tablename__ = "quarantine"

    stream: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    reason: str
    raw: dict[str, Any] = Field(sa_type=Json)
    first_seen: datetime = Field(sa_type=UtcDateTime)
    last_seen: datetime = Field(sa_type=UtcDateTime)

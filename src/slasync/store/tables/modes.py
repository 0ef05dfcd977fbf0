"""Leads that are under another mode than `enforce`, or were, and what was only thought of."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import Json, UtcDateTime


class LeadModeTable(Row, table=True):
    """The mode of a lead as it was decided last. Leads that are not here are enforced."""

    __tablename__ = "lead_mode"

    lead_key: str = Field(primary_key=True)
    mode: str = Field(index=True)
    teams: list[Any] = Field(sa_type=Json)
    why: str
    since: datetime = Field(sa_type=UtcDateTime)
    last_writes: str | None = None  # of which rungs writes may still go out: ours taken back


class ShadowWriteTable(Row, table=True):
    """A write that mode shadow kept back: never sent, kept to be compared."""

    __tablename__ = "shadow_write"

    key: str = Field(primary_key=True)
    lead_key: str = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    teams: list[Any] = Field(sa_type=Json)
    action: str
    payload: dict[str, Any] = Field(sa_type=Json)

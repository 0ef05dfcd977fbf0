"""What was decided and told: kept to explain and to report, never to act on."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import BigId, Json, UtcDateTime


class DecisionTable(Row, table=True):
    """One decision on one lead. Append-only: a trigger refuses to change or delete it."""

    __tablename__ = "decision"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    lead_key: str = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    agreement_hash: str
    mode: str
    because: list[Any] = Field(sa_type=Json)
    writes: list[Any] = Field(sa_type=Json)  # keys
    facts: list[Any] = Field(sa_type=Json)  # source ids


class EditionTable(Row, table=True):
    """The agreement's files as they were from a time on. Append-only, like decisions."""

    __tablename__ = "edition"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime)
    hash: str
    files: dict[str, Any] = Field(sa_type=Json)  # name -> text
    on_change: str | None = None  # what became of open leads; None: they were judged anew
    agreed: str | None = None  # hash of what was agreed, whatever the layout; None: not kept

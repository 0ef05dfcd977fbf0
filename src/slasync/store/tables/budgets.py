"""The calls made to each system, and what each says of its own limits."""

from datetime import datetime

from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import UtcDateTime


class CallBudgetTable(Row, table=True):
    """What a system last said. Its row lock lets one process at a time take calls."""

    __tablename__ = "call_budget"

    system: str = Field(primary_key=True)
    zone: str | None = None  # by whose dates the vendor counts; None: any 24 hours
    used: int | None = None  # of the organisation's calls
    allowed: int | None = None
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    others: int | None = None  # calls of other programs at that time
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # of the interface in use
    notice: str | None = None  # the vendor's words about it
    noticed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CallSlotTable(Row, table=True):
    """Calls taken by a lane in a quarter of an hour, or made by other programs."""

    __tablename__ = "call_slot"

    system: str = Field(primary_key=True)
    slot: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    lane: str = Field(primary_key=True)
    calls: int

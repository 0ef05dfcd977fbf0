"""Who is forgotten: marks that nobody can lead back to a person, and the leave to erase."""

from datetime import datetime

from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import UtcDateTime


class ForgottenTable(Row, table=True):
    """An address or a record of somebody who is forgotten, by its keyed hash: not to be taken in
    again.
    """

    __tablename__ = "forgotten"

    mark: str = Field(primary_key=True)
    person: str = Field(index=True)  # the same for all marks of one person
    at: datetime = Field(sa_type=UtcDateTime)
    system: str  # that holds the record; empty: an address
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # last read again
    times: int  # read again, and not taken


class ErasingTable(Row, table=True):
    """Holds a row while a person is being erased: only then may append-only rows be rewritten."""

    __tablename__ = "erasing"

    person: str = Field(primary_key=True)

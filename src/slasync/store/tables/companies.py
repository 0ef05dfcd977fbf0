"""The CRM's accounts, and the keys that they are found by."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import Json, UtcDateTime


class CompanyTable(Row, table=True):
    """The last reading of one account."""

    __tablename__ = "company"

    key: str = Field(primary_key=True)
    name: str
    owner: str | None = None
    domains: list[Any] = Field(sa_type=Json)
    parent: str | None = None
    deleted: bool
    merged_into: str | None = None
    modified_at: datetime = Field(sa_type=UtcDateTime)  # vendor time
    seen_at: datetime = Field(sa_type=UtcDateTime)
    raw: dict[str, Any] = Field(sa_type=Json)  # as the system sent it


class CompanyKeyTable(Row, table=True):
    """One thing that a company is found by: a domain, its name as it is compared."""

    __tablename__ = "company_key"

    value: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    company: str = Field(primary_key=True, index=True)

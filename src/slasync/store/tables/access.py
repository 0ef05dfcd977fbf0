"""Who may use the dashboard, who is logged in, and what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from slasync.store.tables.base import Row
from slasync.store.types import Json, UtcDateTime


class AccessUserTable(Row, table=True):
    """A local user of the dashboard; never the password itself."""

    __tablename__ = "access_user"

    name: str = Field(primary_key=True)
    rank: str
    password: str  # argon2id, salt and parameters included
    made_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)  # of rank or password


class AccessSessionTable(Row, table=True):
    """Somebody who is logged in. The token itself is in their cookie only."""

    __tablename__ = "access_session"
    __table_args__ = (Index(None, "who"), Index(None, "ends_at"))

    token: str = Field(primary_key=True)  # its hash
    who: str
    rank: str | None = None  # by the identity provider; None: a local user, who is looked up
    address: str
    agent: str  # what the browser says it is, shortened
    begun_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)


class AccessThrottleTable(Row, table=True):
    """Logins that failed, by account and by address."""

    __tablename__ = "access_throttle"

    key: str = Field(primary_key=True)
    failures: int
    last_at: datetime = Field(sa_type=UtcDateTime)


class AccessAttemptTable(Row, table=True):
    """Somebody who was sent to the identity provider and is expected back, once."""

    __tablename__ = "access_attempt"

    state: str = Field(primary_key=True)  # its hash
    browser: str  # hash of what the browser's cookie holds
    nonce: str
    verifier: str
    then: str  # the page that was asked for
    ends_at: datetime = Field(sa_type=UtcDateTime, index=True)


class AuditTable(Row, table=True):
    """One deed in the chain. Append-only: a trigger refuses to change or delete it."""

    __tablename__ = "audit"

    number: int = Field(primary_key=True)  # 1, 2, 3, ...
    at: datetime = Field(sa_type=UtcDateTime)
    who: str
    action: str
    target: str
    outcome: str
    address: str
    detail: dict[str, Any] = Field(sa_type=Json)
    before: str = Field(unique=True)
    hash: str

"""What is known of one lead, gathered to be explained; and the explanation's form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from slasync.domain.draft import Terms
from slasync.domain.facts import Fact
from slasync.domain.lead import Lead, Roster, UserKey
from slasync.domain.writes import Write


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines, in the order in which people ask."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stream:
    """How far a stream has been read; `error`: why it is not read now."""

    watermark: datetime | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision that was taken, and why."""

    at: datetime
    mode: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """One write that was queued, and what became of it."""

    write: Write
    state: str
    outcome: str | None
    decided_at: datetime
    settled_at: datetime | None = None
    external_ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything that an explanation is made from."""

    lead: Lead
    facts: Sequence[Fact]
    terms: Terms
    mode: str = "enforce"
    streams: Mapping[str, Stream] = field(default_factory=dict)
    decisions: Sequence[Decided] = ()
    writes: Sequence[Written] = ()


def who(roster: Roster, key: UserKey | str | None) -> str:
    """Name a user or queue."""
    if not key:
        return "nobody"
    user = roster.users.get(UserKey(key))
    return user.name if user else f"{key} (unknown)"


def when(at: datetime) -> str:
    """Write an instant in UTC to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

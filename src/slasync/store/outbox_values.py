"""The outbox in values: what is queued, claimed, settled and shown, and which state follows which.

A claim leases rows; `maybe_sent` is committed before bytes leave; a settlement ends the lease.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from slasync.domain.lead import LeadKey
from slasync.domain.writes import Judged, Write


class State(StrEnum):
    HELD = "held"  # above a cap: a person lets it go
    PENDING = "pending"
    MAYBE_SENT = "maybe_sent"  # may have taken effect
    DONE = "done"
    SUPERSEDED = "superseded"  # no longer wanted
    PARKED = "parked"  # will not be accepted as it is: a person has to look


UNSENT = frozenset({State.HELD, State.PENDING})
SETTLED = frozenset({State.DONE, State.SUPERSEDED, State.PARKED})
_FROM_A_CLAIM = SETTLED | {State.PENDING, State.MAYBE_SENT}
EDGES: Mapping[State, frozenset[State]] = MappingProxyType(
    {State.PENDING: _FROM_A_CLAIM, State.MAYBE_SENT: _FROM_A_CLAIM}
)
"""What the holder of a claim may make of a row."""


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A write to queue. `late`: it counts against the caps. `batch`: what it is held in."""

    write: Write
    lane: str
    not_before: datetime
    held: bool = False
    late: bool = False
    batch: str | None = None
    held_because: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    id: int
    write: Write
    attempts: int  # this one included
    state: State
    term: int
    since: datetime  # when it was decided, or let go
    sent_at: datetime | None = None  # when it was last marked as one that may have been sent


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one lane, oldest first. `uncertain`: all may have been sent; look before sending."""

    lane: str
    rows: tuple[Claimed, ...]
    uncertain: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows a claim may take: those of some leads left out, or the urgent ones alone."""

    besides: frozenset[LeadKey] = frozenset()
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """Rows to look at together: decided within [since, until); or all ever held in a batch."""

    since: datetime
    until: datetime
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What was decided within one second: how many leads it was about, and its writes by action."""

    at: datetime
    leads: int
    writes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a claimed row ended. `not_before`: when to take it again, at once if not given.

    `judged`: what the write is to be conditional on from now on; as before if not given.
    `tried`: whether the claim counts as an attempt; not so where the row only had not its turn.
    """

    id: int
    term: int
    state: State
    outcome: str
    external_ref: str | None = None
    created: bool | None = None
    not_before: datetime | None = None
    judged: Judged | None = None
    tried: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxView:
    """A row as people are shown it."""

    key: str
    lead: LeadKey
    system: str
    lane: str
    action: str
    state: State
    attempts: int
    outcome: str | None
    external_ref: str | None
    created: bool | None
    decided_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    write: Write
    batch: str | None = None  # what it was held in
    held_because: str | None = None
    let_go_at: datetime | None = None  # when it was, or is, free to be sent after that

"""What is known of the daemon, its database, its machine and its systems at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from slasync.domain.forecast import Outlook
from slasync.reports.self_check import Standing
from slasync.store.cursors import Cursor
from slasync.store.held import HeldBatch
from slasync.store.outbox_values import State


@dataclass(frozen=True, slots=True)
class Disk:
    """Where the database's file lies; bytes. A server's disk is its own to watch."""

    free: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is known at one moment."""

    now: datetime
    started: datetime  # of this process
    steps: tuple[str, ...]  # empty while slasync is starting
    waits_for: str = ""  # why it has not started yet
    beats: Mapping[str, datetime] = field(default_factory=dict)  # step -> last round
    failures: Mapping[str, str] = field(default_factory=dict)  # step -> why the last one failed
    cursors: Mapping[str, Cursor] = field(default_factory=dict)
    intervals: Mapping[str, timedelta] = field(default_factory=dict)  # stream -> how often read
    settle: timedelta = timedelta(minutes=2)
    outbox: Mapping[tuple[str, State], int] = field(default_factory=dict)
    held: tuple[HeldBatch, ...] = ()  # batches that wait for a person
    held_at_most: timedelta = timedelta(days=1)  # then they are folded into digests...
    folds: bool = True  # ...where there are any
    unsent: Mapping[str, datetime] = field(default_factory=dict)  # system -> since when
    unsent_because: Mapping[str, str] = field(default_factory=dict)  # system -> what it answered
    quarantined: Mapping[str, int] = field(default_factory=dict)  # stream -> records
    waiting_for_data: Mapping[str, int] = field(default_factory=dict)  # clock -> rungs due
    without_record: int = 0  # leads that the CRM should have by now
    unfilled: Mapping[str, int] = field(default_factory=dict)  # pool -> leads given to its queue
    put_off: int = 0  # leads that nobody at all could take
    untold: int = 0  # digest lines that no digest goes out with
    unsent_digests: tuple[str, ...] = ()  # why readers' last digests have not gone out
    calls: tuple[Outlook, ...] = ()  # how each system's calls stand
    self_check: Standing = field(default_factory=Standing)  # how the mirror stands to the systems
    ends: date | None = None  # of the agreement
    unsigned: tuple[str, ...] = ()  # who has not signed the agreement that runs
    review: date | None = None  # when both heads are to look at the agreement again
    running_out: tuple[str, ...] = ()  # calendars in use
    oldest_due: datetime | None = None  # of what is due, whether or not its data is complete
    oldest_unserved: datetime | None = None  # of what is due, its data complete, and not decided
    refused: Mapping[str, datetime] = field(default_factory=dict)  # credentials: since when
    skews: Mapping[str, timedelta] = field(default_factory=dict)  # system's time less the machine's
    disk: Disk | None = None
    stalled: timedelta = timedelta(0)  # the longest that no thread got its turn, of late
    unsigned_webhooks: int = 0  # refused within the last hour
    webhooks: int = 0  # taken within the last hour

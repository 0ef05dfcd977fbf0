"""What the judge of a run may look at: values only, gathered by the scene, known to no daemon code.

Times are aware, in UTC and the vendors' time unless said otherwise; the daemon's own clock may be
wrong. Rows are plain dicts: JSON columns decoded, times as datetimes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from slasync.sandbox.journal import Entry

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The agreement's calendar; pieces in minutes after midnight: (540, 750) is 9:00 to 12:30.

    A piece may end beyond 1440: it ends on the next date, and belongs to the day it starts.
    """

    zone: str
    week: Mapping[int, tuple[tuple[int, int], ...]]  # Monday is 0; a day left out is closed
    holidays: frozenset[date] = frozenset()
    overrides: Mapping[date, tuple[tuple[int, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    kind: str  # "task" | "digest" | "flag_stale" | "reassign"
    role: str = "nobody"  # "owner" | "manager" | "leadership" | "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    name: str
    unit: str  # "calendar_days" | "business_days" | "business_hours" | "business_minutes"
    amount: float
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """One clock: when each rung is due after the hand-over, and what ends it."""

    clock: str  # "first_touch" | "processing"
    rungs: tuple[Rung, ...]
    ends: frozenset[str]  # of "touch", "converted", "recycled", "disqualified", "deleted"
    streams: tuple[str, ...] = ()  # what must have been read past a due time
    restarts: int = 0  # on reassignment; 0 with restart False: the clock runs on
    restart: bool = False
    grades: frozenset[str] = frozenset({"strong", "weak"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPair:
    """One mirrored field: its name here, the vendor's name, how values are compared."""

    name: str
    field: str
    type: str = "text"  # "text" | "number" | "bool" | "datetime" | "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What marketing's system calls what the judge looks for in its journal and its rows."""

    system: str
    object: str  # of the journal
    id: str  # of a row
    created: str
    score: str
    form: str  # who sent one; the log's own word where only an activity tells
    form_at: str
    tells: timedelta  # to which fraction of time its stamps tell

    @property
    def stream(self) -> str:
        return f"{self.system}.contacts"

    @property
    def rows(self) -> str:
        """Where `Evidence.vendor` has the contacts."""
        return f"{self.system}.{self.object}"

    @property
    def activities(self) -> str:
        """Where `Evidence.vendor` has what is told of contacts beside their values."""
        return f"{self.system}.activities"


HUBSPOT = Books(
    system="hubspot",
    object="contacts",
    id="hs_object_id",
    created="createdate",
    score="hubspotscore",
    form="recent_conversion_event_name",
    form_at="recent_conversion_date",
    tells=timedelta(milliseconds=1),
)
MARKETO = Books(
    system="marketo",
    object="leads",
    id="id",
    created="createdAt",
    score="leadScore",
    form="form",
    form_at="form_at",
    tells=timedelta(seconds=1),
)
BOOKS = {books.system: books for books in (HUBSPOT, MARKETO)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The agreement of a run in plain numbers."""

    org: str
    effective_from: datetime
    hours: Hours
    ladders: tuple[Ladder, ...]
    threshold: float = 75
    marketing: Books = HUBSPOT
    bottom_forms: frozenset[str] = frozenset()
    members: tuple[str, ...] = ()  # user ids of the pool
    absent: frozenset[str] = frozenset()  # members who get no new leads
    queue: str | None = None  # id of the queue that takes what nobody can
    stage_of_status: Mapping[str, str] = field(default_factory=dict)
    status_touches: bool = True  # a person's status change counts as a touch
    leadership: tuple[str, ...] = ()  # who reads the digest
    cap_owner: int = 20
    cap_total: int = 200
    late_after: timedelta = timedelta(minutes=15)
    settle: timedelta = timedelta(minutes=2)
    overlap: timedelta = timedelta(minutes=5)
    poll: timedelta = timedelta(minutes=5)
    mapping: Mapping[str, tuple[FieldPair, ...]] = field(default_factory=dict)
    """By "salesforce.lead", "salesforce.contact", and marketing's ".contact"."""
    reads_share: Mapping[str, int] = field(default_factory=dict)  # calls a day, by system; {}: any


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSeen:
    name: str
    email: str = ""
    active: bool = True
    kind: str = "person"  # "person" | "queue" | "automation"
    manager: str | None = None
    rep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One HTTP request of a daemon, and how it ended."""

    at: datetime
    system: str
    daemon: str
    method: str
    path: str  # without the query
    status: int | None  # None: no answer
    fault: str | None = None  # the fault's or the outage's name
    retry_after: float | None = None  # seconds, as the answer said
    answered_at: datetime | None = None  # None: at once


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxChange:
    """An outbox row inserted or updated, committed; written down by a trigger of the database."""

    at: datetime  # vendor time
    key: str
    old_state: str | None  # None: inserted
    new_state: str
    old_term: int | None
    new_term: int
    old_lease_by: str | None = None
    new_lease_by: str | None = None
    who: str = ""  # the daemon that wrote: the name its leases bear
    by_person: bool = False  # let go or retried by an actor, not by the daemon


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorChange:
    """A cursor inserted or updated, committed."""

    at: datetime
    stream: str
    old_watermark: datetime | None
    new_watermark: datetime | None
    old_since: datetime | None = None
    new_since: datetime | None = None
    old_upto: datetime | None = None
    new_upto: datetime | None = None
    old_term: int | None = None
    new_term: int = 0
    old_lease_by: str | None = None
    new_lease_by: str | None = None
    who: str = ""  # the daemon that wrote: the name its leases bear


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook request as its sender saw it."""

    at: datetime
    daemon: str
    dedup_keys: tuple[str, ...]  # of the inbox rows that it must have left
    status: int | None  # None: the daemon died before it answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    at: datetime
    point: str
    daemon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skew:
    """For a while a daemon's own clock was `offset` ahead of the vendors'."""

    since: datetime
    until: datetime
    offset: timedelta
    daemon: str = ""  # "": all


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time in which something was so: a daemon up, one paused, a system out."""

    since: datetime
    until: datetime
    what: str = ""  # daemon or system


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """How many rows were open, looked at now and then."""

    at: datetime
    outbox: int
    inbox: int
    quarantine: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything of one run."""

    seed: int
    began: datetime  # the world began
    started: datetime  # slasync's first start
    healed: datetime  # faults off, clocks right
    ended: datetime
    policy: Policy
    users: Mapping[str, UserSeen] = field(default_factory=dict)  # by id, queues included
    us: Mapping[str, str] = field(default_factory=dict)  # system: `by` of our writes in the journal
    journal: tuple[Entry, ...] = ()  # of the whole world, from its beginning
    visible: Mapping[int, datetime] = field(default_factory=dict)
    """Entry number: when readers could see it. Absent: at once."""
    requests: tuple[Exchange, ...] = ()  # in the order in which they ended
    vendor: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    """The vendors' own rows at the end, deleted ones included: "salesforce.Lead", ".Contact",
    ".Task", ".Event"; what marketing has by the names of its `Books`."""
    tables: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    """The run's database at the end, by table name: all columns of all rows."""
    outbox_log: tuple[OutboxChange, ...] = ()
    cursor_log: tuple[CursorChange, ...] = ()
    webhooks: tuple[Delivery, ...] = ()
    crashes: tuple[Crash, ...] = ()
    skews: tuple[Skew, ...] = ()
    outages: tuple[Span, ...] = ()  # what: the system
    up: tuple[Span, ...] = ()  # what: the daemon, from its start to its end or crash
    paused: tuple[Span, ...] = ()  # what: the daemon
    asleep: tuple[Span, ...] = ()  # of these, when its machine's steady clock stood still as well
    depths: tuple[QueueDepth, ...] = ()
    quiet_from: datetime | None = None
    """At the end all is restarted with nothing changed: since then nothing may be written."""
    rewound: tuple[str, ...] = ()  # streams whose cursor somebody set back on purpose
    logs: tuple[str, ...] = ()  # every line that a daemon logged
    outputs: Mapping[str, str] = field(default_factory=dict)  # other outputs: metrics, health
    canaries: tuple[str, ...] = ()  # secrets and names that no output may hold

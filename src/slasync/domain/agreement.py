"""The agreement between marketing and sales, compiled: what `decide` reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from slasync.domain.calendars import Offset
from slasync.domain.lead import Fields
from slasync.domain.writes import Role


class Stage(StrEnum):
    TARGET = "target"
    LEAD = "lead"
    MQL = "mql"
    SAL = "sal"
    SQL = "sql"
    OPPORTUNITY = "opportunity"
    CUSTOMER = "customer"
    RECYCLED = "recycled"
    DISQUALIFIED = "disqualified"


class Trigger(StrEnum):
    """When a definition is met anew."""

    CROSSING = "crossing"  # its rule turns from false to true: a score passes a threshold
    EVERY_CHANGE = "every_change"  # its fields change and its rule holds: another form sent


@dataclass(frozen=True, slots=True)
class Definition:
    """One way to become an MQL. `rule` takes the lead's fields; what is null is not met."""

    name: str
    text: str  # the expression as written
    rule: Callable[[Fields], bool]
    reads: frozenset[str]
    trigger: Trigger = Trigger.CROSSING
    occurred_field: str | None = None  # field that holds the exact time, where the system tells


class EffectKind(StrEnum):
    TASK = "task"  # a task for the role; upserts the one open
    DIGEST = "digest"  # a line in the role's digest
    FLAG_STALE = "flag_stale"
    REASSIGN = "reassign"


@dataclass(frozen=True, slots=True)
class Effect:
    kind: EffectKind
    role: Role = Role.NOBODY
    text: str = ""  # name of the text


@dataclass(frozen=True, slots=True)
class Rung:
    name: str
    after: Offset
    effects: tuple[Effect, ...]


class End(StrEnum):
    """What can end a clock."""

    TOUCH = "touch"
    CONVERTED = "converted"
    RECYCLED = "recycled"
    DISQUALIFIED = "disqualified"
    DELETED = "deleted"


class OnReassign(StrEnum):
    RESTART = "restart"
    CONTINUE = "continue"


@dataclass(frozen=True, slots=True)
class ClockPolicy:
    """One clock: what ends it, which calendar counts, and its ladder, lowest rung first."""

    name: str
    ends: frozenset[End]
    rungs: tuple[Rung, ...]
    streams: tuple[str, ...]  # what its events are read from; a rung waits for these
    calendar: str | None = None  # None: the pool's, else the agreement's
    on_reassign: OnReassign = OnReassign.CONTINUE
    restarts: int = 2  # at most so many a cycle, then the manager's queue
    grades: frozenset[str] = frozenset({"strong", "weak"})  # touches that end it


@dataclass(frozen=True, slots=True)
class Text:
    """A task's or digest line's words; `$name` is replaced (see docs/configuration.md)."""

    subject: str
    body: str = ""
    priority: str = "Normal"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Everything the two sides agreed that `decide` needs, with the hash of its files."""

    name: str
    version: str
    hash: str
    definitions: tuple[Definition, ...]
    clocks: tuple[ClockPolicy, ...]
    pool: str  # hand-overs are routed here
    calendar: str
    texts: Mapping[str, Text]
    stages: Mapping[str, Stage] = field(default_factory=dict)  # CRM status -> stage
    lead_rule: Definition | None = None  # Target becomes Lead
    begins: date | None = None
    ends: date | None = None
    effective_from: datetime | None = None  # nothing anchored earlier is judged
    statuses_touch: bool = True  # a person's status change is a touch
    create_leads: bool = False  # make the CRM record at hand-over
    crm: str = "salesforce"
    marketing: str = "hubspot"
    org: str = ""  # the CRM's organisation id, part of every key

    def clock(self, name: str) -> ClockPolicy:
        return next(clock for clock in self.clocks if clock.name == name)

    @property
    def watched(self) -> frozenset[str]:
        """Fields whose changes are facts, because a definition reads them."""
        rules = [*self.definitions, *([self.lead_rule] if self.lead_rule else [])]
        named = {d.occurred_field for d in rules if d.occurred_field}
        return frozenset().union(*(d.reads for d in rules)) | named

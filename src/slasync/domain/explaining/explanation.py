"""An explanation as values, for those who compute with it; the words are in the sections."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from slasync.domain.explaining.account import Section
from slasync.domain.lead import Fields, LeadKey


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTold:
    """By which agreement the explanation is worked out, and which was in force."""

    name: str
    version: str
    hash: str
    in_force: str | None  # the hash in force at that moment; None: not known
    since: datetime | None
    present: str  # the hash of the files as they are now
    problem: str  # why the one in force then is not what was worked with


@dataclass(frozen=True, slots=True, kw_only=True)
class FactTold:
    kind: str
    occurred_at: datetime
    seen_at: datetime
    source: str
    source_id: str
    by: str | None
    data: Mapping[str, Any]
    at_latest: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionTold:
    """One condition of a rule: whether it holds (None: a field is null), and by which values."""

    text: str
    truth: bool | None
    read: Fields
    off_by: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestTold:
    """When a definition was nearest to being met, and what was lacking."""

    at: datetime
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionTold:
    name: str
    text: str
    trigger: str
    met: bool
    conditions: tuple[ConditionTold, ...]
    lacking: tuple[str, ...]  # the fewest conditions that would have to turn
    nearly: bool
    nearest: NearestTold | None  # where it was nearer before than it is now
    met_at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingTold:
    cycle: str
    generation: int
    at: datetime
    owner: str | None
    owner_name: str
    why: str
    passed_over: tuple[str, ...]
    not_by: tuple[str, ...] = ()  # rules before the one that was followed
    companies: tuple[str, ...] = ()  # that the lead might belong to, and which did not decide


class RungState(StrEnum):
    """What became of a rung, or will."""

    FIRED = "fired"
    SUPERSEDED = "superseded"  # a higher one was due at once: its message went out
    MISSED = "missed"  # its clock had ended, or begun anew, before slasync could see it due
    NOT_REACHED = "not_reached"  # the clock ended before
    NOT_MEANT = "not_meant"  # it is for another number of attempts
    NOT_FIRED = "not_fired"  # by that moment, long gone
    WAITING_FOR_RECORD = "waiting_for_record"
    WAITING_FOR_DATA = "waiting_for_data"
    PAUSED = "paused"
    DUE = "due"
    TO_COME = "to_come"


@dataclass(frozen=True, slots=True, kw_only=True)
class RungTold:
    rung: str
    after: str
    due: datetime | None  # None: not known while the clock stands still
    state: RungState
    why: str
    notes: tuple[str, ...]  # what it was to do and did not
    arithmetic: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockTold:
    cycle: str
    clock: str
    generation: int
    calendar: str
    begun_at: datetime | None
    ended_at: datetime | None
    end: str | None
    rungs: tuple[RungTold, ...]
    stopped_by: tuple[str, ...]
    problem: str = ""
    deadline: datetime | None = None  # where the agreement sets one apart from the rungs
    agreement: str = ""  # the hash of the edition that it is run by
    ruling: str = ""  # how that came, where it is not just the one in force


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """What nearly happened, and what kept it from happening."""

    kind: str  # definition | rung | routing | effect
    name: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTold:
    at: datetime
    mode: str
    agreement: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteTold:
    key: str
    system: str
    action: str
    clock: str
    rung: str
    state: str
    outcome: str | None
    decided_at: datetime
    settled_at: datetime | None
    external_ref: str | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    lead: LeadKey
    at: datetime
    past: bool
    agreement: AgreementTold
    facts: tuple[FactTold, ...]
    learned_later: tuple[FactTold, ...]
    definitions: tuple[DefinitionTold, ...]
    routing: tuple[RoutingTold, ...]
    clocks: tuple[ClockTold, ...]
    near_misses: tuple[NearMiss, ...]
    nothing: str | None  # why nothing happened; None where something did
    decisions: tuple[DecisionTold, ...]
    writes: tuple[WriteTold, ...]
    next: tuple[str, ...]
    sections: tuple[Section, ...] = ()

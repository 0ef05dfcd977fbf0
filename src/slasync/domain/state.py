"""What a lead's facts amount to: its cycles, owners, touches and open tasks, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from slasync.domain.agreement import End, Haste, Stage
from slasync.domain.facts import Fact, Grade
from slasync.domain.lead import Roster, UserKey, Value
from slasync.domain.modes import LeadMode
from slasync.domain.rulings import Ruling
from slasync.domain.time.pauses import Pause


@dataclass(frozen=True, slots=True)
class Met:
    """A definition became true: the hand-over that is due, with the evidence of that moment."""

    at: datetime
    definition: str
    evidence: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Touch:
    at: datetime
    by: UserKey | None
    channel: str
    grade: Grade
    seconds: int | None = None  # how long a call lasted, where it is told
    crowds: tuple[Haste, ...] = ()  # the same person touched more leads then than these allow


@dataclass(frozen=True, slots=True)
class OwnedFrom:
    """From `at` on the lead was `owner`'s; `by` made it so."""

    at: datetime
    owner: UserKey
    by: UserKey | None
    ours: bool
    found: bool = False  # after a try of ours that got no answer: perhaps somebody else's doing

    @property
    def unexplained(self) -> bool:
        """Whether it was found so, and nobody is known to have made it so."""
        return self.by is None and (self.found or not self.ours)


@dataclass(frozen=True, slots=True)
class OpenTask:
    """An SLA task that nobody has closed, as far as is known.

    `made` is False while it is known not to be there: it was dropped before it was sent.
    """

    key: str
    clock: str
    generation: int
    role: str
    to: UserKey
    rung: str = ""  # the last that wrote it
    of: str = ""  # who owned the lead then
    made: bool = True
    written: bool = True  # False: decided in a mode that writes nothing
    again: str = ""  # the record that turned up after it was withdrawn
    due: str = ""  # until when it says there is time, ISO 8601; "" where that is not known
    shifts: int = 0  # how often that was another time since


@dataclass(frozen=True, slots=True)
class Restart:
    generation: int
    at: datetime
    owner: UserKey


@dataclass(frozen=True, slots=True)
class Begin:
    """A clock began to count, for the first time or anew, as slasync has recorded it."""

    generation: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Course:
    """When in a cycle a lead was in what a clock begins with, and in what ends it, in order."""

    runs: tuple[Pause, ...] = ()
    stops: tuple[tuple[Pause, End], ...] = ()

    def run_at(self, at: datetime) -> Pause | None:
        """Return the time around an instant in which it was in what the clock begins with."""
        around = (r for r in self.runs if r.begins <= at and (r.ends is None or at < r.ends))
        return next(around, None)


@dataclass(frozen=True, slots=True)
class Return:
    """A lead went back to marketing, and what became of it there."""

    at: datetime
    known: bool  # whether a record tells if it is in a nurture programme
    enrolled: datetime | None = None
    ends: tuple[tuple[datetime, End], ...] = ()  # how marketing was rid of it again


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote into a field about a lead that goes back, and since when it stands so."""

    value: str
    at: datetime
    by: UserKey | None  # who changed the record last then


class Resting(StrEnum):
    """What became of a rep's wish that a clock stand still."""

    SNOOZED = "snoozed"
    TOO_LONG = "too_long"  # it counts as far as was agreed
    TOO_OFTEN = "too_often"  # it does not count
    NO_REASON = "no_reason"  # likewise, until there is one
    DISPUTED = "disputed"  # nobody has decided yet
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """A rep asked for a clock to stand still: a snooze, or a dispute that is to be decided."""

    kind: Resting
    asked_at: datetime
    by: UserKey | None
    reason: str
    asked_until: datetime | None = None  # of a snooze
    pause: Pause | None = None  # what of it counts
    decided_by: UserKey | None = None  # of a dispute
    decided_at: datetime | None = None

    @property
    def is_dispute(self) -> bool:
        return self.kind in DISPUTES

    @property
    def lacks_reason(self) -> bool:
        return self.kind is Resting.DISPUTED and self.pause is None


DISPUTES = frozenset({Resting.DISPUTED, Resting.ACCEPTED, Resting.REFUSED})


@dataclass(frozen=True, slots=True)
class Asking:
    """What stood in the fields that reps ask for a rest by, since when."""

    at: datetime
    by: UserKey | None
    fields: Mapping[str, Value]
    ruled: bool = False  # by an operator: it is a decision, though the same as the one before


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Something was done, and nobody can tell whether a person did it."""

    touch: Touch
    subject: str


FiredKey = tuple[str, int, str]
"""Clock, generation, rung."""


@dataclass(slots=True)
class Cycle:
    """One hand-over from marketing to sales and all that followed. Filled by `Folding` alone."""

    key: str
    anchor: datetime
    definition: str
    evidence: Mapping[str, Value]
    opened: datetime  # when the hand-over is recorded to have been: the anchor may be earlier
    ruling: Ruling | None = None  # by an earlier edition; None: the agreement in force
    ended: tuple[datetime, End] | None = None
    void: bool = False  # it was over before it began, which was learned later
    accepted: list[datetime] = field(default_factory=list)
    fired: dict[FiredKey, Fact] = field(default_factory=dict)
    routed: list[Fact] = field(default_factory=list)
    refused: set[UserKey] = field(default_factory=set)  # by the CRM, as owners of the lead
    disproved: set[FiredKey] = field(default_factory=set)  # found to be no breaches
    unchosen: dict[int, str] = field(default_factory=dict)  # generations whose owner they had
    # chosen, or looked for, and why there is none
    restarts: list[Restart] = field(default_factory=list)
    begins: dict[str, list[Begin]] = field(default_factory=dict)  # of clocks that begin later
    courses: dict[str, Course] = field(default_factory=dict)  # of clocks that go by situations
    pauses: dict[str, tuple[Pause, ...]] = field(default_factory=dict)  # of clocks that have any
    owned_since: datetime | None = None  # by the present owner, since the hand-over
    tasks: dict[str, OpenTask] = field(default_factory=dict)
    withdrawn: dict[str, OpenTask] = field(default_factory=dict)  # as they were then
    stale: bool = False
    touches: list[Touch] = field(default_factory=list)
    attempts: list[Touch] = field(default_factory=list)  # touches apart as agreed
    conversations: list[Touch] = field(default_factory=list)  # those that reached the lead
    closed: list[Pause] = field(default_factory=list)  # given up, until a person opened it again
    ended_by_us: bool = False  # not by a person
    given_back: Mapping[str, str] = field(default_factory=dict)  # by a rung: why, into which path
    said: dict[str, Said] = field(default_factory=dict)  # by the fields of `nurture`
    stood: Mapping[str, str] = field(default_factory=dict)  # reasons found there at its end
    afterwards: list[tuple[datetime, End]] = field(default_factory=list)  # what the CRM told
    back: Return | None = None  # with marketing; what followed is drawn from all facts
    rests: tuple[Rest, ...] = ()  # asked for by reps: snoozes and disputes
    names: set[str] = field(default_factory=set)  # keys of cycles that became one with this one
    kept_by: tuple[datetime, UserKey] | None = None  # who had the lead when leads were joined

    def is_called(self, key: str) -> bool:
        return key == self.key or key in self.names

    @property
    def generation(self) -> int:
        return len(self.restarts)

    @property
    def flagged_by(self) -> set[str]:
        """The clocks whose rungs flagged the lead as stale."""
        return {
            clock
            for (clock, _, _), fact in self.fired.items()
            if any(effect["kind"] == "flag_stale" for effect in fact.data.get("effects", ()))
        }

    def has_fired(self, clock: str, generation: int, rung: str) -> bool:
        return (clock, generation, rung) in self.fired

    def first_touch(self, grades: Iterable[str], since: datetime | None = None) -> Touch | None:
        """Return the earliest counted touch since the hand-over, or since a later time."""
        counted = (t for t in self.counted(grades) if since is None or t.at > since)
        return min(counted, key=lambda t: t.at, default=None)

    def counted(self, grades: Iterable[str]) -> list[Touch]:
        """Return the touches of these grades."""
        allowed = frozenset(grades)
        return [t for t in self.touches if t.grade in allowed]

    def tried(self, grades: Iterable[str]) -> list[Touch]:
        """Return the attempts of these grades."""
        allowed = frozenset(grades)
        return [t for t in self.attempts if t.grade in allowed]


@dataclass(slots=True)
class State:
    """What the facts say of one lead. Filled by `Folding` alone."""

    fields: dict[str, Value] = field(default_factory=dict)
    owners: list[OwnedFrom] = field(default_factory=list)
    whose: dict[str, UserKey] = field(default_factory=dict)  # each record's owner, by its name
    into: dict[str, str] = field(default_factory=dict)  # records that became part of others: which
    lost: set[str] = field(default_factory=set)  # records of the CRM that were deleted, by name
    status: str | None = None
    statuses: list[tuple[datetime, str]] = field(default_factory=list)  # since when, which
    held: dict[str, list[tuple[datetime, bool]]] = field(default_factory=dict)
    """For each rule that clocks ask, by its question: since when it holds or not."""
    stages: list[tuple[datetime, Stage]] = field(default_factory=list)
    """Since when it is in which, where a clock asks for that."""
    cycles: list[Cycle] = field(default_factory=list)
    met: Met | None = None
    coming: dict[str, Met] = field(default_factory=dict)
    """By definition: true before it came into force, and met as of then if it is true still."""
    touches: list[Touch] = field(default_factory=list)
    crowds: dict[tuple[str, str], tuple[Haste, ...]] = field(default_factory=dict)
    """Touches that were among too many, by source and id."""
    asked: list[Asking] = field(default_factory=list)  # for a rest
    unclassified: int = 0
    uncounted: list[Uncounted] = field(default_factory=list)  # the same, one by one
    converted: datetime | None = None
    opportunity: bool = False
    deleted: bool = False
    told: dict[str, Any] = field(default_factory=dict)
    told_times: int = 0
    shown: dict[str, Any] | None = field(default_factory=dict)
    """To the rep, on the CRM's record; None: that was made of two, and may say either's."""
    shown_times: int = 0
    lead_mode: LeadMode | None = None  # None: never recorded, then everything was enforced
    mode_times: int = 0
    resumed: int = 0  # how often slasync came back to writing
    stage: Stage = Stage.TARGET
    withdrawn: dict[str, datetime] = field(default_factory=dict)  # own tasks wished closed, when
    closed: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """Of these: when the closing was sent, and when it was known to have taken effect."""
    found_closed: set[str] = field(
        default_factory=set
    )  # by an earlier try of ours, nobody knows when
    closed_by_machine: set[tuple[str, datetime]] = field(default_factory=set)  # own tasks, when
    remade: dict[str, str] = field(default_factory=dict)  # own tasks made anew: key to record's id
    over: set[str] = field(default_factory=set)  # own tasks closed or deleted, for good
    released: datetime | None = None  # by an operator: whoever was chosen before is kept no more
    leads: set[str] = field(default_factory=set)  # the CRM's leads of this person, by name
    truth: dict[str, bool] = field(default_factory=dict)  # of definitions, by the fields now
    merges: list[datetime] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)  # leads that were found to be this person
    handovers: int = 0  # recorded under the lead's own key: it numbers cycles
    by_merge: set[str] = field(default_factory=set)  # definitions true because records were merged
    kept_back: Met | None = None  # a hand-over that comes too early: the lead is left alone
    made: set[str] = field(default_factory=set)  # records that slasync made, as facts are about
    known_as: set[tuple[str, str]] = field(default_factory=set)  # its records: system and kind
    enrolments: list[tuple[datetime, bool]] = field(default_factory=list)
    """Since when the evidence of a nurture programme holds or does not."""

    @property
    def cycle(self) -> Cycle | None:
        """The last cycle, open or not."""
        return self.cycles[-1] if self.cycles else None

    @property
    def open_cycle(self) -> Cycle | None:
        last = self.cycle
        return last if last is not None and last.ended is None else None

    @property
    def owner(self) -> UserKey | None:
        return self.owners[-1].owner if self.owners else None

    def awaited(self, start: datetime | None) -> Met | None:
        """Return the hand-over that is due, the first of several; none that was due before."""
        if self.met is None and not self.coming:  # asked of every lead
            return None
        found = (self.met, *self.coming.values())
        due = (met for met in found if met and (start is None or met.at >= start))
        return min(due, key=lambda met: met.at, default=None)

    def await_nothing(self) -> None:
        """Whatever was met before has had its effect, or will not have any."""
        self.met = self.kept_back = None
        self.coming.clear()

    def pinned(self, roster: Roster) -> bool:
        """Tell whether a person chose the present owner since the hand-over."""
        if not self.owners or not self.cycle:
            return False
        last = self.owners[-1]
        if self.released is not None and last.at <= self.released:
            return False
        return not last.ours and roster.is_person(last.by) and last.at > self.cycle.anchor

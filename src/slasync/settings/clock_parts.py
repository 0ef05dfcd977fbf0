"""The clocks of agreement.yaml: when each starts, stands still and ends, and its ladder."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from slasync.domain.agreement import EffectKind, End, OnReassign, Start
from slasync.domain.facts import Grade
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.writes import Role
from slasync.settings.calendar_by_part import CalendarByPart
from slasync.settings.effect_parts import (
    SETS_STATUS,
    SPEAKS,
    Doing,
    Scalar,
    fits,
    misfit,
    roles_for,
)
from slasync.settings.event_part import Ending, EventPart, Starting, begun_and_ended, ends_with
from slasync.settings.known import known_in, refused
from slasync.settings.strict import (
    CalendarName,
    Expression,
    FieldName,
    ListName,
    Name,
    ProgrammeName,
    Status,
    Strict,
    Text,
    TextName,
)

Stream = Literal[
    "salesforce.leads", "salesforce.contacts", "salesforce.tasks", "salesforce.events",
    "salesforce.lead_history", "hubspot.contacts", "marketo.contacts", "hubspot.leads",
    "hubspot.tasks", "hubspot.events", "hubspot.lead_history",
]  # fmt: skip
Attempts = Annotated[int, Field(ge=0, le=1000)]


class EffectPart(Strict):
    """What a rung does."""

    do: Doing
    to: Role = Role.NOBODY
    text: TextName | None = None
    reason: Text | None = None
    status: Status | None = None
    via: Literal["smtp", "webhook"] | None = None
    field: FieldName | None = Field(default=None, alias="property")
    value: Scalar = None
    named: ListName | None = Field(default=None, alias="list")
    change: Literal["add", "remove"] | None = None
    programme: ProgrammeName | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        recycles = self.do == EffectKind.RECYCLE
        if recycles and self.reason is None:
            raise refused("do: recycle needs reason: why the lead goes back to marketing")
        if self.do not in SETS_STATUS and (self.reason or self.status):
            raise refused(f"do: {self.do.value} takes neither reason nor status: leave them out")
        speaks = self.do in SPEAKS
        if speaks and (self.to == Role.NOBODY or self.text is None):
            raise refused(f"do: {self.do.value} needs to ({roles_for(self.do)}) and text")
        if not speaks and self.to != Role.NOBODY:
            raise refused(f"do: {self.do.value} is addressed to nobody: leave out to")
        return self

    @model_validator(mode="after")
    def _fits_its_kind(self, info: ValidationInfo) -> Self:
        fields = known_in(info).fields or {}
        names = {name: part.alias or name for name, part in type(self).model_fields.items()}
        if wrong := misfit(self.do, self.to, frozenset(names[n] for n in self.model_fields_set)):
            raise refused(wrong)
        kind = fields.get(self.field or "")
        if kind is not None and not fits(self.value, kind):
            raise refused(f"field {self.field!r} holds {kind.value}, and this is {self.value!r}")
        return self


class OffsetPart(Strict):
    """How long after something; `unit`: the clock's, unless one stands here."""

    after: Annotated[float, Field(ge=0)]
    unit: Unit | None = None


class RungPart(OffsetPart):
    """One rung: when, and what; bounds on the attempts made so far tell when it is left out."""

    rung: Name
    effects: tuple[EffectPart, ...] = Field(min_length=1)
    attempts_from: Attempts = 0
    attempts_below: Attempts | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.attempts_below is not None and self.attempts_below <= self.attempts_from:
            raise refused(
                f"never reached: no number is {self.attempts_from} or more and below"
                f" {self.attempts_below}"
            )
        return self


class PausesPart(Strict):
    """When a clock stands still: one of these is enough."""

    statuses: tuple[Status, ...] = ()
    absent: bool = False
    when: Expression | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.statuses or self.absent or self.when):
            raise refused("name statuses, absent: true or when; or leave out pauses")
        return self


AFTER_RETURN = (End.ENROLLED, End.WITH_SALES)
BEFORE_RETURN = (End.TOUCH, End.ACCEPTED, End.RECYCLED, End.TAKEN)
OVER = frozenset({End.CONVERTED, End.DISQUALIFIED, End.DELETED})
SALES_ONLY = (EffectKind.REASSIGN, EffectKind.RECYCLE, EffectKind.FLAG_STALE)


class ClockPart(Strict):
    """A clock: what it counts, what ends it, and its ladder."""

    unit: Unit = Unit.BUSINESS_DAYS
    calendar: CalendarName | None = None
    calendar_by: CalendarByPart | None = None
    starts_on: Starting = Start.HANDOVER
    only_for: tuple[Name, ...] = ()
    ends_on: tuple[Ending, ...] = Field(min_length=1)
    pauses: PausesPart | None = None
    reads: tuple[Stream, ...] = Field(min_length=1)
    on_reassign: OnReassign = OnReassign.CONTINUE
    grace: OffsetPart | None = None
    restarts: Annotated[int, Field(ge=0, le=10)] = 2
    grades: tuple[Literal[Grade.STRONG, Grade.WEAK], ...] = (Grade.STRONG, Grade.WEAK)
    deadline: OffsetPart | None = None
    ladder: tuple[RungPart, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _climbs(self) -> Self:
        refuse_twice("rung", [part.rung for part in self.ladder])
        always = [part for part in self.ladder if not _bounded(part)]
        offsets = [(part.rung, self.offset(part)) for part in always]
        for _, group in groupby(offsets, key=lambda rung: rung[1].unit):
            rungs = list(group)
            for (lower, before), (higher, after) in pairwise(rungs):
                if before.amount >= after.amount:
                    raise refused(f"rung {higher} is due after {after}, {lower} after {before}")
        return self

    @model_validator(mode="after")
    def _agrees_with_its_start(self) -> Self:
        if self.starts_on == Start.ATTEMPT and End.TOUCH in self.ends_on:
            raise refused("begins anew with each touch, so a touch cannot end it: leave out touch")
        if self.starts_on == Start.ACCEPTED and End.ACCEPTED in self.ends_on:
            raise refused("begins when the lead is accepted: leave out accepted, it would end it")
        if self.starts_on != Start.HANDOVER and self.on_reassign == OnReassign.RESTART:
            raise refused(
                f"starts_on: {self.starts_on} and on_reassign: restart are two ways to begin anew:"
                " keep one"
            )
        if (self.on_reassign == OnReassign.MINIMUM_GRACE) != (self.grace is not None):
            raise refused("on_reassign: minimum_grace and grace belong together")
        if wrong := next(begun_and_ended(self.starts_on, self.ends_on), None):
            raise refused(wrong)
        return self

    @model_validator(mode="after")
    def _knows_who_has_the_lead(self) -> Self:
        if wrong := _of_a_return(self) or next(_of_a_queue(self), None):
            raise refused(wrong)
        return self

    @model_validator(mode="after")
    def _counts_in_one_calendar(self) -> Self:
        if self.calendar is not None and self.calendar_by is not None and self.calendar_by.of:
            raise refused(
                f"calendar {self.calendar} would never count beside calendar_by:"
                f" {self.calendar_by.of.value}: keep one"
            )
        return self

    @model_validator(mode="after")
    def _warns_before_its_deadline(self) -> Self:
        if self.deadline is None:
            return self
        first, deadline = self.offset(self.ladder[0]), self.offset(self.deadline)
        if first.unit == deadline.unit and first.amount > deadline.amount:
            raise refused(
                f"the deadline is after {deadline} and the first rung after {first}: nobody would"
                " be told in time"
            )
        return self

    @property
    def ends(self) -> frozenset[End]:
        """What ends the clock: what is named, and that the lead is over for whoever has it."""
        returned = frozenset[End]() if self.starts_on == Start.RECYCLED else {End.RECYCLED}
        taken = {End.TAKEN} if self.starts_on == Start.QUEUE else frozenset[End]()
        events = {ends_with(event) for event in self.events}
        words = {end for end in self.ends_on if isinstance(end, End)}
        return OVER.union(words, events, returned, taken)

    @property
    def events(self) -> tuple[EventPart, ...]:
        """The stages and rules that end it."""
        return tuple(end for end in self.ends_on if isinstance(end, EventPart))

    def offset(self, part: OffsetPart) -> Offset:
        """Return when a rung or the deadline is due; ValueError for half a day."""
        return Offset(part.after, part.unit or self.unit)


def _of_a_return(clock: "ClockPart") -> str:
    """Say what a clock of marketing's cannot have; empty where nothing is wrong."""
    if clock.starts_on != Start.RECYCLED:
        late = next((end for end in clock.ends_on if end in AFTER_RETURN), None)
        return f"{late} ends only clocks with starts_on: recycled" if late else ""
    if End.ENROLLED not in clock.ends_on:
        return "starts_on: recycled needs enrolled among ends_on: what marketing is to do"
    wrong = next(_of_sales(clock), None)
    return f"the lead is back with marketing: {wrong}" if wrong else ""


def _of_sales(clock: "ClockPart") -> Iterator[str]:
    """Say what a clock has that belongs to leads which sales has."""
    yield from (f"{end} cannot end this clock" for end in clock.ends_on if end in BEFORE_RETURN)
    yield from (f"a {ends_with(event)} cannot end this clock" for event in clock.events)
    if clock.on_reassign != OnReassign.CONTINUE:
        yield "leave out on_reassign"
    if clock.pauses and clock.pauses.absent:
        yield "its owner's absence pauses nothing, leave it out"
    effects = [effect for rung in clock.ladder for effect in rung.effects]
    yield from (f"do: {e.do.value} is for sales" for e in effects if e.do in SALES_ONLY)


def _of_a_queue(clock: "ClockPart") -> Iterator[str]:
    """Say what a clock has that belongs to leads which a person has."""
    if clock.starts_on != Start.QUEUE:
        return
    if clock.on_reassign != OnReassign.CONTINUE:
        yield "a queue has the lead: leave out on_reassign"
    if clock.pauses and clock.pauses.absent:
        yield "a queue has the lead, and is never absent: leave that out of pauses"
    effects = [effect for rung in clock.ladder for effect in rung.effects]
    if any(effect.to == Role.OWNER for effect in effects):
        yield "a queue has the lead, and nobody reads that: write to manager, leadership or pool"


Clocks = Annotated[Mapping[Name, ClockPart], Field(min_length=1)]
"""Part 4: the response process and its time limits."""


def _bounded(part: RungPart) -> bool:
    return part.attempts_below is not None or part.attempts_from > 0


def refuse_twice(noun: str, names: Iterable[str]) -> None:
    """Refuse a list in which a name stands twice."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise refused(f"{noun} {twice[0]!r} is there twice")

"""The clocks of agreement.yaml: when each starts, stands still and ends, and its ladder."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby, pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from slasync.domain.agreement import EffectKind, End, OnReassign, Start
from slasync.domain.calendars import Offset, Unit
from slasync.domain.facts import Grade
from slasync.domain.writes import Role
from slasync.settings.known import refused
from slasync.settings.strict import (
    CalendarName,
    Expression,
    FieldName,
    Name,
    Status,
    Strict,
    Text,
    TextName,
)

Stream = Literal[
    "salesforce.leads", "salesforce.contacts", "salesforce.tasks", "salesforce.events",
    "salesforce.lead_history", "hubspot.contacts",
]  # fmt: skip
Attempts = Annotated[int, Field(ge=0, le=1000)]


class EffectPart(Strict):
    """What a rung does."""

    do: EffectKind
    to: Role = Role.NOBODY
    text: TextName | None = None
    reason: Text | None = None
    status: Status | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        recycles = self.do == EffectKind.RECYCLE
        if recycles and self.reason is None:
            raise refused("do: recycle needs reason: why the lead goes back to marketing")
        if not recycles and (self.reason or self.status):
            raise refused(f"do: {self.do.value} takes neither reason nor status: leave them out")
        speaks = self.do in {EffectKind.TASK, EffectKind.DIGEST}
        if speaks and (self.to == Role.NOBODY or self.text is None):
            raise refused(f"do: {self.do.value} needs to (owner, manager, leadership) and text")
        if not speaks and self.to != Role.NOBODY:
            raise refused(f"do: {self.do.value} is addressed to nobody: leave out to")
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


class CalendarByPart(Strict):
    """The calendar by a field of the lead; for other values the pool's counts."""

    field: FieldName
    calendars: Mapping[Text, CalendarName] = Field(min_length=1)


class ClockPart(Strict):
    """A clock: what it counts, what ends it, and its ladder."""

    unit: Unit = Unit.BUSINESS_DAYS
    calendar: CalendarName | None = None
    calendar_by: CalendarByPart | None = None
    starts_on: Start = Start.HANDOVER
    only_for: tuple[Name, ...] = ()
    ends_on: tuple[End, ...] = Field(min_length=1)
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
        if self.starts_on != Start.HANDOVER and self.on_reassign == OnReassign.RESTART:
            raise refused(
                f"starts_on: {self.starts_on.value} and on_reassign: restart are two ways to begin"
                " anew: keep one"
            )
        if (self.on_reassign == OnReassign.MINIMUM_GRACE) != (self.grace is not None):
            raise refused("on_reassign: minimum_grace and grace belong together")
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

    def offset(self, part: OffsetPart) -> Offset:
        """Return when a rung or the deadline is due; ValueError for half a day."""
        return Offset(part.after, part.unit or self.unit)


Clocks = Annotated[Mapping[Name, ClockPart], Field(min_length=1)]
"""Part 4: the response process and its time limits."""


def _bounded(part: RungPart) -> bool:
    return part.attempts_below is not None or part.attempts_from > 0


def refuse_twice(noun: str, names: Iterable[str]) -> None:
    """Refuse a list in which a name stands twice."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise refused(f"{noun} {twice[0]!r} is there twice")

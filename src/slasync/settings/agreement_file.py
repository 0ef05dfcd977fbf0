"""agreement.yaml: what marketing and sales agreed, in nine parts."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from itertools import groupby, pairwise
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, ValidationInfo, model_validator

from slasync.domain.agreement import EffectKind, End, OnReassign, Stage, Trigger
from slasync.domain.calendars import Offset, Unit
from slasync.domain.facts import Grade
from slasync.domain.writes import Role
from slasync.settings.known import known_in, refused
from slasync.settings.problems import did_you_mean
from slasync.settings.strict import (
    CalendarName,
    Duration,
    Expression,
    Name,
    PoolName,
    Status,
    Strict,
    TemplateText,
    Text,
    TextName,
    TimeField,
)

Stream = Literal[
    "salesforce.leads", "salesforce.contacts", "salesforce.tasks", "salesforce.events",
    "salesforce.lead_history", "hubspot.contacts",
]  # fmt: skip
Side = Literal["marketing", "sales"]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class PeriodPart(Strict):
    """The dates the agreement holds for, both included."""

    begins: date = Field(alias="from")
    ends: date = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.begins > self.ends:
            raise refused(f"ends on {self.ends}, before it begins on {self.begins}")
        return self


class GoalPart(Strict):
    """Part 1: what both sides want."""

    text: Text
    revenue: Annotated[float, Field(ge=0)] | None = None
    customers: Count | None = None
    mqls_a_month: Count | None = None


class DefinitionPart(Strict):
    """One way to become an MQL."""

    name: Name
    when: Expression
    trigger: Trigger = Trigger.CROSSING
    at: TimeField | None = None


class AnyOf(Strict):
    any_of: tuple[DefinitionPart, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _refuse_twice("definition", [part.name for part in self.any_of])
        return self


class DefinitionsPart(Strict):
    """Part 2: the words."""

    lead: Expression | None = None
    mql: AnyOf


class ScoringPart(Strict):
    """Part 3: the lead-scoring model, for people; the marketing system computes it."""

    computed_by: Text
    fit: tuple[Text, ...] = ()
    interest: tuple[Text, ...] = ()
    note: str = ""


class EffectPart(Strict):
    """What a rung does."""

    do: EffectKind
    to: Role = Role.NOBODY
    text: TextName | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        speaks = self.do in {EffectKind.TASK, EffectKind.DIGEST}
        if speaks and (self.to == Role.NOBODY or self.text is None):
            raise refused(f"do: {self.do.value} needs to (owner, manager, leadership) and text")
        if not speaks and self.to != Role.NOBODY:
            raise refused(f"do: {self.do.value} is addressed to nobody: leave out to")
        return self


class RungPart(Strict):
    """One rung: when, and what."""

    rung: Name
    after: Annotated[float, Field(ge=0)]
    unit: Unit | None = None
    effects: tuple[EffectPart, ...] = Field(min_length=1)


class ClockPart(Strict):
    """A clock: what it counts, what ends it, and its ladder."""

    unit: Unit = Unit.BUSINESS_DAYS
    calendar: CalendarName | None = None
    ends_on: tuple[End, ...] = Field(min_length=1)
    reads: tuple[Stream, ...] = Field(min_length=1)
    on_reassign: OnReassign = OnReassign.CONTINUE
    restarts: Annotated[int, Field(ge=0, le=10)] = 2
    grades: tuple[Literal[Grade.STRONG, Grade.WEAK], ...] = (Grade.STRONG, Grade.WEAK)
    ladder: tuple[RungPart, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _climbs(self) -> Self:
        _refuse_twice("rung", [part.rung for part in self.ladder])
        offsets = [(part.rung, self.offset(part)) for part in self.ladder]
        for _, group in groupby(offsets, key=lambda rung: rung[1].unit):
            rungs = list(group)
            for (lower, before), (higher, after) in pairwise(rungs):
                if before.amount >= after.amount:
                    raise refused(f"rung {higher} is due after {after}, {lower} after {before}")
        return self

    def offset(self, part: RungPart) -> Offset:
        """Return when a rung is due; ValueError for half a day."""
        return Offset(part.after, part.unit or self.unit)


class ClocksPart(Strict):
    """Part 4: the response process and its time limits."""

    first_touch: ClockPart
    processing: ClockPart


class TouchPart(Strict):
    """What counts as a human touch, besides calls, e-mails and meetings."""

    status_changes: bool = True


class ProgrammePart(Strict):
    """Part 5: a nurture programme for leads that go back."""

    name: Name
    for_reasons: tuple[Text, ...] = ()
    what: Text
    enrol_within: Duration | None = None
    returns_after: Duration | None = None


class KpiPart(Strict):
    """Part 6: a figure both sides watch."""

    formula: Text
    target: Share | None = None
    alarm_below: Share | None = None
    clock: Literal["first_touch", "processing"] | None = None
    before_rung: str | None = None

    @model_validator(mode="after")
    def _rung_exists(self, info: ValidationInfo) -> Self:
        rungs = known_in(info).rungs
        if self.before_rung is None or rungs is None:
            return self
        names = rungs.get(self.clock or "", frozenset())
        if self.before_rung not in names:
            raise refused(
                f"clock {self.clock} has no rung {self.before_rung!r}"
                f"{did_you_mean(self.before_rung, names)}"
            )
        return self


class StagesPart(Strict):
    """Part 7: the stages, who owns each, and what the CRM calls them."""

    owned_by: Mapping[Stage, Side]
    of_status: Mapping[Status, Stage]


class TextPart(Strict):
    """The words of a task or a digest line."""

    subject: Annotated[TemplateText, Field(min_length=1, max_length=255)]
    body: TemplateText = ""
    priority: Literal["High", "Normal", "Low"] = "Normal"


class RoutingPart(Strict):
    pool: PoolName


class SignaturePart(Strict):
    who: Text
    on: date


class SignOffPart(Strict):
    """Part 9: who signed."""

    marketing: SignaturePart | None = None
    sales: SignaturePart | None = None


class AgreementFile(Strict):
    """The agreement."""

    name: Text
    version: Text
    period: PeriodPart  # part 8
    effective_from: AwareDatetime | None = None
    calendar: CalendarName
    goal: GoalPart
    definitions: DefinitionsPart
    scoring: ScoringPart | None = None
    routing: RoutingPart
    touch: TouchPart = TouchPart()
    clocks: ClocksPart
    nurture: tuple[ProgrammePart, ...] = ()
    kpis: Mapping[Name, KpiPart] = Field(default_factory=dict)
    stages: StagesPart
    texts: Mapping[Name, TextPart]
    sign_off: SignOffPart = SignOffPart()


def _refuse_twice(noun: str, names: list[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise refused(f"{noun} {twice[0]!r} is there twice")

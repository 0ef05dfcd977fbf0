"""agreement.yaml: what marketing and sales agreed, in nine parts."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from slasync.domain.agreement import OnChange, Trigger
from slasync.domain.facts import Grade
from slasync.settings.agreement_parts import (
    GoalPart,
    KpiPart,
    ObligationsPart,
    ReviewEvery,
    SignOffPart,
    StagesPart,
)
from slasync.settings.clock_parts import Clocks, refuse_twice
from slasync.settings.definition_rules import DefinitionRule
from slasync.settings.known import refused
from slasync.settings.nurture_part import Programmes, RecyclingPart
from slasync.settings.pipeline_part import OpportunityStages
from slasync.settings.rests_part import DisputePart, SnoozePart
from slasync.settings.routing_part import RoutingPart
from slasync.settings.scoring_part import ScoringPart
from slasync.settings.strict import (
    CalendarName,
    Duration,
    Expression,
    FieldName,
    Name,
    Strict,
    Text,
    TimeField,
)
from slasync.settings.texts_part import TextPart


class PeriodPart(Strict):
    """The dates the agreement holds for, both included."""

    begins: date = Field(alias="from")
    ends: date = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.begins > self.ends:
            raise refused(f"ends on {self.ends}, before it begins on {self.begins}")
        return self


class DefinitionPart(Strict):
    """One way to become an MQL."""

    name: Name
    when: DefinitionRule
    trigger: Trigger = Trigger.CROSSING
    at: TimeField | None = None


class AnyOf(Strict):
    any_of: tuple[DefinitionPart, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        refuse_twice("definition", [part.name for part in self.any_of])
        return self


class DefinitionsPart(Strict):
    """Part 2: the words."""

    lead: Expression | None = None
    mql: AnyOf
    opportunities: OpportunityStages = ()
    after_merge: Duration = timedelta(hours=1)


class ConversationsPart(Strict):
    """Which touches are conversations: somebody spoke with the lead."""

    channels: tuple[Literal["call", "email", "meeting"], ...] = ("meeting",)
    calls_of: Duration | None = timedelta(minutes=1)


class TouchPart(Strict):
    """What counts as a human touch, besides calls, e-mails and meetings."""

    status_changes: bool = True
    status_alone: Grade = Grade.STRONG
    window: Duration = timedelta(days=1)
    spacing: Duration = timedelta(0)
    conversations: ConversationsPart = ConversationsPart()
    burst: Annotated[int, Field(ge=1)] | None = None
    burst_within: Duration = timedelta(minutes=1)

    @model_validator(mode="after")
    def _not_refused_and_graded(self) -> Self:
        if not self.status_changes and self.status_alone != Grade.STRONG:
            raise refused("status changes are no touch at all: leave out status_alone")
        return self


class InteractionPart(Strict):
    """A field that tells what a lead did last, and the one that tells when."""

    field: FieldName
    at: TimeField | None = None


class AgreementFile(Strict):
    """The agreement."""

    name: Text
    version: Text
    period: PeriodPart  # part 8
    review_every: ReviewEvery | None = None
    effective_from: AwareDatetime | None = None
    on_change: OnChange = OnChange.RECOMPUTE
    calendar: CalendarName
    goal: GoalPart
    definitions: DefinitionsPart
    scoring: ScoringPart | None = None
    routing: RoutingPart
    touch: TouchPart = TouchPart()
    clocks: Clocks
    nurture: Programmes = ()
    recycling: RecyclingPart = RecyclingPart()
    snooze: SnoozePart | None = None
    dispute: DisputePart | None = None
    interactions: tuple[InteractionPart, ...] = ()
    kpis: Mapping[Name, KpiPart] = Field(default_factory=dict)
    stages: StagesPart
    obligations: ObligationsPart = ObligationsPart()
    texts: Mapping[Name, TextPart]
    sign_off: SignOffPart = SignOffPart()

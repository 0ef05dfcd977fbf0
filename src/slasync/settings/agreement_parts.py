"""Parts of agreement.yaml that people hold each other to: goal, KPIs, stages, duties, sign-off."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from slasync.domain.agreement import Stage
from slasync.settings.known import known_in, refused
from slasync.settings.problems import did_you_mean
from slasync.settings.strict import (
    Duration,
    Expression,
    FieldName,
    Name,
    Status,
    Strict,
    Text,
    TimeField,
)

Side = Literal["marketing", "sales"]
Share = Annotated[float, Field(ge=0, le=1)]
Rate = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Money = Annotated[float, Field(ge=0)]
Price = Annotated[float, Field(gt=0)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

_HASH = re.compile(r"[0-9a-f]{12,64}")


class WordsPart(Strict):
    """A sentence for people: one text, or one for each language."""

    de: Text | None = None
    en: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_text(cls, value: Any) -> Any:
        if value == "":
            raise refused("is empty")
        if not isinstance(value, str | Mapping):
            raise refused("should be text in quotes, or one for each language: {de: ..., en: ...}")
        return {"de": value, "en": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.de is None and self.en is None:
            raise refused("says nothing: give a text, or {de: ..., en: ...}")
        return self

    def said_in(self, language: str) -> str:
        """Return the text in `language` (de, en), else in the other one."""
        own, other = (self.de, self.en) if language == "de" else (self.en, self.de)
        return own or other or ""


_TEXT = {"type": "string", "minLength": 1}
Words = Annotated[
    WordsPart,
    WithJsonSchema(
        {
            "anyOf": [
                _TEXT,
                {
                    "type": "object",
                    "properties": {"de": _TEXT, "en": _TEXT},
                    "additionalProperties": False,
                    "minProperties": 1,
                },
            ]
        }
    ),
]


class ConversionPart(Strict):
    """How many leads of a stage reach the next one."""

    begins: Stage = Field(alias="from")
    ends: Stage = Field(alias="to")
    rate: Rate


class GoalPart(Strict):
    """Part 1: what both sides want."""

    text: Words
    revenue: Money | None = None
    average_deal: Price | None = None
    currency: Currency | None = None
    customers: Count | None = None
    conversion: tuple[ConversionPart, ...] = ()
    mqls_a_month: Count | None = None

    @model_validator(mode="after")
    def _leads_from_mql_to_customer(self) -> Self:
        steps = self.conversion
        for before, after in pairwise(steps):
            if before.ends != after.begins:
                raise refused(
                    f"conversion: {before.begins} to {before.ends} is followed by {after.begins} to"
                    f" {after.ends}: a step begins where the one before ends"
                )
        if steps and (steps[0].begins, steps[-1].ends) != (Stage.MQL, Stage.CUSTOMER):
            raise refused(
                f"conversion: leads from {steps[0].begins} to {steps[-1].ends}: begin with mql and"
                " end with customer"
            )
        return self


class KpiPart(Strict):
    """Part 6: a figure both sides watch."""

    title: Words | None = None
    formula: Words
    target: Share | None = None
    alarm_below: Share | None = None
    clock: Name | None = None
    before_rung: str | None = None

    @model_validator(mode="after")
    def _alarms_below_its_target(self) -> Self:
        target, alarm = self.target, self.alarm_below
        if target is not None and alarm is not None and alarm > target:
            raise refused(f"alarms below {alarm}, above its target {target}")
        return self

    @model_validator(mode="after")
    def _rung_exists(self, info: ValidationInfo) -> Self:
        rungs = known_in(info).rungs
        if self.clock is None or rungs is None:
            if self.before_rung is not None and rungs is not None:
                raise refused("before_rung needs clock: whose rung it is")
            return self
        if self.clock not in rungs:
            raise refused(f"there is no clock {self.clock!r}{did_you_mean(self.clock, rungs)}")
        names = rungs[self.clock]
        if self.before_rung is not None and self.before_rung not in names:
            raise refused(
                f"clock {self.clock} has no rung {self.before_rung!r}"
                f"{did_you_mean(self.before_rung, names)}"
            )
        return self


class HandOverPart(Strict):
    """A point where a lead changes hands: on which move, from whom to whom, with what."""

    begins: tuple[Stage, ...] = Field(alias="from", min_length=1)
    ends: Stage = Field(alias="to")
    gives: Words | None = None
    takes: Words | None = None
    what: Words | None = None


class StagesPart(Strict):
    """Part 7: the stages, who owns each, how a lead moves, and what the CRM calls them."""

    order: tuple[Stage, ...] = ()
    without: tuple[Stage, ...] = ()
    names: Mapping[Stage, Words] = Field(default_factory=dict)
    owned_by: Mapping[Stage, Side]
    moves: Mapping[Stage, tuple[Stage, ...]] = Field(default_factory=dict)
    hand_overs: tuple[HandOverPart, ...] = ()
    of_status: Mapping[Status, Stage]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        wrong = [
            *self._left_out(), *self._called_alike(), *self._without_owner(),
            *self._strange_moves(), *self._strange_hand_overs(),
        ]  # fmt: skip
        if wrong:
            raise refused("; ".join(dict.fromkeys(wrong)))
        return self

    def _left_out(self) -> Iterator[str]:
        if Stage.MQL in self.without:
            yield "without: mql is what is handed over, and cannot be left out"
        if {Stage.TARGET, Stage.LEAD} <= set(self.without):
            yield "without: keep target or lead: what a contact is before it is an mql"
        spoken = (*self._named(), *(("names", s) for s in self.names),
                  *(("owned_by", s) for s in self.owned_by))  # fmt: skip
        yield from (f"{where}: {stage} is left out (without)" for where, stage in spoken
                    if stage in self.without)  # fmt: skip

    def _called_alike(self) -> Iterator[str]:
        """Two stages of one name cannot be told apart."""
        for language in ("de", "en"):
            called = [words.said_in(language) for words in self.names.values()]
            twice = next((name for name, count in Counter(called).items() if count > 1), None)
            if twice is not None:
                yield f"names: two stages are called {twice!r}"

    def _without_owner(self) -> Iterator[str]:
        for where, stage in self._named():
            if stage not in self.owned_by and stage not in self.without:
                yield f"{where}: {stage} has no owner: name marketing or sales in owned_by"

    def _named(self) -> Iterator[tuple[str, Stage]]:
        """Yield every stage that is spoken of, and where."""
        yield from (("order", stage) for stage in self.order)
        for begins, reached in self.moves.items():
            yield from (("moves", stage) for stage in (begins, *reached))
        for point in self.hand_overs:
            yield from (("hand_overs", stage) for stage in (*point.begins, point.ends))
        yield from ((f"of_status, {status}", stage) for status, stage in self.of_status.items())

    def _strange_moves(self) -> Iterator[str]:
        for stage in _twice(self.order):
            yield f"order: {stage} is there twice"
        for begins, reached in self.moves.items():
            for stage in _twice(reached):
                yield f"moves: {begins} to {stage} is there twice"
            if begins in reached:
                yield f"moves: {begins} leads to itself: leave it out, it is there already"

    def _strange_hand_overs(self) -> Iterator[str]:
        for point in self.hand_overs:
            for begins in point.begins:
                move = f"hand_overs: {begins} to {point.ends}"
                if self.moves and point.ends not in self.moves.get(begins, ()):
                    yield f"{move} is not among the moves"
                owner = self.owned_by.get(begins)
                nobody = point.gives is None or point.takes is None
                if nobody and owner is not None and owner == self.owned_by.get(point.ends):
                    yield f"{move}: {owner} owns both: say who gives and who takes"


LONGEST_REVIEW = timedelta(days=3660)  # ten years


def _review(every: timedelta) -> timedelta:
    if not timedelta(days=1) <= every <= LONGEST_REVIEW:
        raise refused("review it every 1 d at the soonest, every ten years at the latest")
    return every


ReviewEvery = Annotated[Duration, AfterValidator(_review)]


def _twice(stages: tuple[Stage, ...]) -> list[Stage]:
    return [stage for stage, count in Counter(stages).items() if count > 1]


class QuotaPart(Strict):
    """The goal's MQLs a month; the part of them that is enough."""

    at_least: Share = 1.0


class CompletenessPart(Strict):
    """Fields that have a value when a lead is handed over."""

    fields: tuple[FieldName, ...] = Field(min_length=1)
    at_least: Share = 1.0

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        twice = [name for name, count in Counter(self.fields).items() if count > 1]
        if twice:
            raise refused(f"field {twice[0]!r} is there twice")
        return self


class EvidencePart(Strict):
    """By what it is seen that a lead is in a nurture programme."""

    when: Expression
    at: TimeField | None = None


class EnrolmentPart(Strict):
    """How soon a lead that went back is in a nurture programme."""

    within: Duration | None = None
    clock: Name | None = None
    at_least: Share = 1.0
    evidence: EvidencePart | None = None

    @model_validator(mode="after")
    def _one_limit(self) -> Self:
        if (self.within is None) == (self.clock is None):
            raise refused(
                "the limit stands in one place: within, a time by the clock on the wall, or clock,"
                " whose deadline it is"
            )
        return self


class MarketingPart(Strict):
    """What marketing owes."""

    quota: QuotaPart | None = None
    completeness: CompletenessPart | None = None
    enrolment: EnrolmentPart | None = None


class ObligationsPart(Strict):
    """What a side owes besides the clocks, which sales is held to."""

    marketing: MarketingPart = MarketingPart()


def _signed_hash(text: str) -> str:
    if not _HASH.fullmatch(text):
        raise refused(f"{text!r} is no hash: copy what `slasync agreement hash` prints")
    return text


SignedHash = Annotated[
    str,
    AfterValidator(_signed_hash),
    WithJsonSchema({"type": "string", "pattern": f"^{_HASH.pattern}$"}),
]
"""What was signed: the first 12 digits of its hash, or more."""


class SignaturePart(Strict):
    """Who signed for a side, in which role, when and what."""

    who: Text
    role: Text | None = None
    on: date
    hash: SignedHash | None = None


class SignOffPart(Strict):
    """Part 9: who signed, and when both sides last found that it still holds."""

    marketing: SignaturePart | None = None
    sales: SignaturePart | None = None
    reviewed_on: date | None = None

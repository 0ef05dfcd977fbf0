"""agreement.yaml, `scoring`: who computes the score, the check beside it, what is urgent."""

from collections.abc import Iterable
from datetime import timedelta
from math import fsum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationInfo, model_validator

from slasync.domain.score_model import About
from slasync.settings.agreement_parts import Words
from slasync.settings.known import known_in, refused
from slasync.settings.problems import did_you_mean
from slasync.settings.score_rules import compile_score_rule
from slasync.settings.strict import Duration, Name, Strict, Text, TimeField
from slasync.systems import FieldType

SCORE = "score"
CIRCULAR = "reads score: a check that reads what it checks agrees with it"
MOST_POINTS = 10_000
Channel = Literal["meeting", "call", "email"]
Cap = Annotated[float, Field(gt=0, le=MOST_POINTS)]


def _worth_something(points: float) -> float:
    if not points:
        raise refused("0 points change nothing: leave it out")
    return points


def _decaying(half_life: timedelta) -> timedelta:
    if not half_life:
        raise refused("a half-life of zero: what a lead does would be worth nothing at once")
    return half_life


def _lasting(span: timedelta) -> timedelta:
    if not span:
        raise refused("lasts no time at all: nobody could act; leave it out for no end")
    return span


def _valid_check(text: str, info: ValidationInfo) -> str:
    """Accept what compiles and does not read the score that it is to check."""
    if SCORE in _valid(text, info):
        raise refused(CIRCULAR)
    return text


def _valid_sign(text: str, info: ValidationInfo) -> str:
    _valid(text, info)
    return text


def _valid(text: str, info: ValidationInfo) -> frozenset[str]:
    """Return the fields that an expression reads; refuse what does not compile."""
    fields = known_in(info).fields
    if fields is None:
        return frozenset()
    try:
        return compile_score_rule(text, fields).reads
    except ValueError as error:
        raise refused(str(error)) from None


def _counter(name: str, info: ValidationInfo) -> str:
    """Accept the name of a mapped field that holds a number."""
    fields = known_in(info).fields
    if fields is None:
        return name
    if name == SCORE:
        raise refused(CIRCULAR)
    if name not in fields:
        raise refused(f"unknown field {name!r}{did_you_mean(name, fields)}")
    if fields[name] is not FieldType.NUMBER:
        raise refused(f"field {name!r} holds {fields[name].value}: name one that counts")
    return name


Points = Annotated[float, Field(ge=-MOST_POINTS, le=MOST_POINTS), AfterValidator(_worth_something)]
HalfLife = Annotated[Duration, AfterValidator(_decaying)]
Lasting = Annotated[Duration, AfterValidator(_lasting)]
CheckExpression = Annotated[Text, AfterValidator(_valid_check)]
SignExpression = Annotated[Text, AfterValidator(_valid_sign)]
Counter = Annotated[str, AfterValidator(_counter)]


class CriterionPart(Strict):
    """Points for what a lead is."""

    name: Name
    when: CheckExpression
    points: Points
    about: About | None = None


class FitPart(Strict):
    """What a lead is, by its fields."""

    points: tuple[CriterionPart, ...] = Field(min_length=1)
    cap: Cap

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _refuse_twice((part.name, _said(part.when)) for part in self.points)
        return self

    @property
    def most(self) -> float:
        """The most points there can be."""
        return min(self.cap, fsum(part.points for part in self.points if part.points > 0))


class EventPart(Strict):
    """Points for what a lead did, each time."""

    name: Name
    when: CheckExpression | None = None
    touch: tuple[Channel, ...] = ()
    per: Counter | None = None
    points: Points
    half_life: HalfLife | None = None
    at: TimeField | None = None

    @model_validator(mode="after")
    def _shows_itself(self) -> Self:
        if self.touch and (self.when or self.per or self.at):
            raise refused("touch stands alone: leave out when, per and at")
        if not (self.touch or self.when or self.per):
            raise refused("says not what shows it: give when, per or touch")
        return self


class InterestPart(Strict):
    """What a lead did; it counts for less as time passes."""

    events: tuple[EventPart, ...] = Field(min_length=1)
    half_life: HalfLife | None = None
    cap: Cap

    @model_validator(mode="after")
    def _decays(self) -> Self:
        _refuse_twice((part.name, _said(part.when, part.per, *part.touch)) for part in self.events)
        for part in self.events:
            if part.half_life is None and self.half_life is None:
                raise refused(f"event {part.name} has no half_life, and interest has none for all")
        return self

    @property
    def most(self) -> float:
        """The most points there can be: what is done often enough reaches the cap."""
        return self.cap if any(part.points > 0 for part in self.events) else 0.0


class ThresholdPart(Strict):
    """What a lead must reach to qualify by the check."""

    total: Cap | None = None
    fit: Cap | None = None
    interest: Cap | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not (self.total or self.fit or self.interest):
            raise refused("asks for nothing: give total, fit or interest")
        return self


class CheckPart(Strict):
    """slasync's own score beside the marketing system's."""

    fit: FitPart
    interest: InterestPart
    threshold: ThresholdPart
    differs_by: Cap | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        most = {"fit": self.fit.most, "interest": self.interest.most}
        most["total"] = fsum(most.values())
        for name, limit in most.items():  # each axis first: the sum can tell less
            asked = getattr(self.threshold, name)
            if asked is not None and asked > limit:
                raise refused(
                    f"threshold.{name} is {asked:g} and can never be reached:"
                    f" {_limit(name, limit, self)}"
                )
        return self


class ImmediatePart(Strict):
    """Buying behaviour that wants somebody to act at once."""

    name: Name
    when: SignExpression
    at: TimeField | None = None
    lasts: Lasting | None = None


class ScoringPart(Strict):
    """Part 3: the lead-scoring model of the marketing system, for people; and what checks it."""

    computed_by: Words
    fit: tuple[Words, ...] = ()
    interest: tuple[Words, ...] = ()
    note: Words | None = None
    check: CheckPart | None = None
    immediate: tuple[ImmediatePart, ...] = ()

    @model_validator(mode="after")
    def _urgent_once(self) -> Self:
        _refuse_twice((part.name, _said(part.when)) for part in self.immediate)
        return self


def _said(*words: str | None) -> str:
    """Return what is asked, however it is spaced."""
    return " ".join(" ".join(word.split()) for word in words if word)


def _refuse_twice(asked: Iterable[tuple[str, str]]) -> None:
    """Refuse a name given twice, and one question asked under two names."""
    by_question: dict[str, str] = {}
    names: set[str] = set()
    for name, question in asked:
        if name in names:
            raise refused(f"{name!r} is there twice")
        if question in by_question:
            raise refused(f"{by_question[question]} and {name} ask the same: {question}")
        names.add(name)
        by_question[question] = name


def _limit(name: str, most: float, check: CheckPart) -> str:
    """Say what keeps an axis from reaching more."""
    if name == "total":
        return f"fit and interest make {most:g} together at most"
    part = check.fit if name == "fit" else check.interest
    if most == part.cap:
        return f"the cap of {name} is {most:g}"
    return f"its points make {most:g} at most"

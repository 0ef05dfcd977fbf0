"""tests/*.yaml: what the agreement is to do in a given case, as people would say it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic import model_validator as validator

from slasync.domain.agreement import Stage
from slasync.domain.facts import Grade
from slasync.domain.lead import Value
from slasync.domain.time.calendars import Offset, Unit
from slasync.domain.writes import Role
from slasync.settings.clock_parts import Stream, refuse_twice
from slasync.settings.effect_parts import Scalar
from slasync.settings.known import Known, Names, known_in, one_of, refused
from slasync.settings.problems import did_you_mean
from slasync.settings.strict import (
    CalendarName,
    FieldName,
    ListName,
    Name,
    ProgrammeName,
    Status,
    Strict,
    Text,
)
from slasync.settings.teams_file import PoolPart
from slasync.systems import FieldType

NOBODY, AUTOMATION = "nobody", "automation"
Later = Offset | timedelta
"""How long after: in open time, in days, or by the clock on the wall."""

_LATER = re.compile(r"(\d+(?:\.\d+)?) (business|calendar) (minute|hour|day)s?")
_PLAIN = re.compile(r"(\d+(?:\.\d+)?) ?(min|h|d)")
_SIZES = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_NUMBERS = (int, float)


@dataclass(frozen=True, slots=True)
class PolicyNames(Known):
    """What tests can name, besides what the files of the policy can."""

    people: Names | None = None  # e-mail addresses of everybody in the pools
    owners: Names | None = None  # people and queues
    clocks: Mapping[str, Names] | None = None  # the rungs of each
    definitions: Names | None = None


def _of_tests(info: ValidationInfo) -> PolicyNames:
    known = known_in(info)
    return known if isinstance(known, PolicyNames) else PolicyNames(known.environment)


def _moment(value: Any) -> datetime:
    """Read a wall time, or a time with its offset; the wall time stays without a zone here."""
    try:
        if isinstance(value, str) and len(value) > len("2026-11-02"):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise refused("is no time: write 2026-11-02 09:00, or 2026-11-02T09:00:00+01:00")


def _later(value: Any) -> Later:
    """Read "2 business hours", "1 calendar day" or "30 min"."""
    text = value if isinstance(value, str) else ""
    if match := _LATER.fullmatch(text):
        unit = f"{match[2]}_{match[3]}s"
        if unit not in list(Unit):
            raise refused(f"{text!r}: calendar days only; write 24 h for hours by the clock")
        try:
            return Offset(float(match[1]), Unit(unit))
        except ValueError as error:
            raise refused(str(error)) from None
    if match := _PLAIN.fullmatch(text):
        return float(match[1]) * _SIZES[match[2]]
    raise refused(
        "is no span of time: write 2 business hours, 1 business day, 3 calendar days or 30 min"
    )


def _person(name: str, info: ValidationInfo) -> str:
    return _named(name, "person in a pool", _of_tests(info).people, AUTOMATION)


def _owner(name: str, info: ValidationInfo) -> str:
    return _named(name, "person or queue in a pool", _of_tests(info).owners, NOBODY)


def _named(name: str, noun: str, names: Names | None, also: str) -> str:
    if names is None or name == also or name.lower() in {n.lower() for n in names}:
        return name
    raise refused(f"there is no {noun} {name!r}{did_you_mean(name, {*names, also})}")


def _given_field(values: Mapping[str, Value], info: ValidationInfo) -> Mapping[str, Value]:
    """Accept mapped fields with values of their type."""
    fields = known_in(info).fields
    for name, value in values.items() if fields is not None else ():
        if fields is None or name not in fields:
            raise refused(f"unknown field {name!r}{did_you_mean(name, fields or ())}")
        if value is not None and not _fits(value, fields[name]):
            raise refused(f"field {name!r} holds {fields[name].value}, and this is {value!r}")
    return values


def _fits(value: Value, kind: FieldType) -> bool:
    if kind == FieldType.BOOL or isinstance(value, bool):
        return kind == FieldType.BOOL and isinstance(value, bool)
    if kind == FieldType.NUMBER:
        return isinstance(value, _NUMBERS)
    return isinstance(value, str)


_TIME = {"type": "string", "examples": ["2026-11-02 09:00"]}
_SPAN = {"type": "string", "examples": ["2 business hours", "30 min"]}
Moment = Annotated[datetime, PlainValidator(_moment), WithJsonSchema(_TIME)]
Span = Annotated[Later, PlainValidator(_later), WithJsonSchema(_SPAN)]
Person = Annotated[Text, AfterValidator(_person)]
Owner = Annotated[Text, AfterValidator(_owner)]
ClockName = Annotated[
    str,
    one_of(
        "clock",
        lambda known: (
            frozenset(known.clocks) if isinstance(known, PolicyNames) and known.clocks else None
        ),
    ),
]
DefinitionName = Annotated[
    str,
    one_of("definition", lambda k: k.definitions if isinstance(k, PolicyNames) else None),
]
GivenFields = Annotated[
    Mapping[str, str | float | bool | None], AfterValidator(_given_field)
]  # fmt: skip


class AwayPart(Strict):
    """Days on which somebody gets no leads, both included."""

    who: Person
    begins: date = Field(alias="from")
    ends: date = Field(alias="to")

    @validator(mode="after")
    def _in_order(self) -> Self:
        if self.begins > self.ends:
            raise refused(f"ends on {self.ends}, before it begins on {self.begins}")
        return self


class AccountPart(Strict):
    """A company that the CRM has an account of."""

    name: Text
    owner: Owner
    website: Text | None = None
    parent: Text | None = None  # name of another of these


class GivenPart(Strict):
    """How things are at first."""

    fields: GivenFields = Field(default_factory=dict)
    owner: Owner | None = None
    contact_owner: Owner | None = None
    accounts: tuple[AccountPart, ...] = ()
    status: Status | None = None
    absent: tuple[AwayPart, ...] = ()
    inactive: tuple[Person, ...] = ()

    @validator(mode="after")
    def _parents_are_there(self) -> Self:
        names = [account.name for account in self.accounts]
        refuse_twice("account", names)
        for account in self.accounts:
            if account.parent is not None and account.parent not in names:
                near = did_you_mean(account.parent, names)
                raise refused(
                    f"account {account.name}: there is no account {account.parent!r}{near}"
                )
        return self


DOINGS = (
    "score", "form", "fields", "status", "outcome", "touch", "completes", "deletes", "owner",
    "stalls",
)  # fmt: skip


class EventPart(Strict):
    """One thing that happens."""

    at: Moment | None = None
    after: Span | None = None
    learned: Moment | None = None
    by: Person | None = None
    score: float | None = None
    form: Text | None = None
    fields: GivenFields | None = None
    status: Status | None = None
    outcome: (
        Literal["converted", "opportunity", "recycled", "disqualified", "deleted", "restored"]
        | None
    ) = None
    touch: Literal["call", "email", "meeting", "task"] | None = None
    completes: Role | None = None
    deletes: Role | None = None
    of: ClockName | None = None
    grade: Grade | None = None
    owner: Owner | None = None
    stalls: Stream | None = None
    until: Moment | None = None

    @validator(mode="after")
    def _complete(self) -> Self:
        doing = [name for name in DOINGS if getattr(self, name) is not None]
        if len(doing) != 1:
            found = " and ".join(doing) or "none"
            raise refused(f"one thing happens at a time, here: {found}; one of {', '.join(DOINGS)}")
        if (self.at is None) == (self.after is None):
            raise refused("needs at, a time, or after, how long after the event before; not both")
        if (self.stalls is None) != (self.until is None):
            raise refused("stalls and until belong together: a stream, and when it is read again")
        if self.grade is not None and doing[0] not in {"touch", "completes"}:
            raise refused(f"a grade belongs to touch or completes, not to {doing[0]}")
        if self.of is not None and doing[0] not in {"completes", "deletes"}:
            raise refused(f"of names the clock of a task, and {doing[0]} has none")
        if doing[0] == "owner" and self.by is None:
            raise refused(f"an owner change needs by: a person, or {AUTOMATION}")
        return self

    @property
    def doing(self) -> str:
        return next(name for name in DOINGS if getattr(self, name) is not None)


class HandoverPart(Strict):
    definition: DefinitionName
    at: Moment | None = None


class FiredPart(Strict):
    """A rung that was to fire; superseded: passed without its message."""

    rung: Name
    at: Moment | None = None
    superseded: bool = False


class TaskPart(Strict):
    """A task that was to be written, or written anew."""

    to: Person | None = None
    role: Role | None = None
    subject: Text | None = None
    text: Text | None = None
    at: Moment | None = None


class LinePart(Strict):
    """A line in somebody's digest."""

    to: Text | None = None
    text: Text | None = None
    at: Moment | None = None


class MessagePart(Strict):
    """A message that was to be written; `leaves`: when its reader may be written to."""

    to: Text | None = None
    role: Role | None = None
    subject: Text | None = None
    text: Text | None = None
    via: Literal["smtp", "webhook"] | None = None
    at: Moment | None = None
    leaves: Moment | None = None


class StatusPart(Strict):
    """A status that a rung was to set in the CRM."""

    status: Status
    at: Moment | None = None


class ChangedPart(Strict):
    """A field that a rung was to write in the marketing system."""

    field: FieldName = Field(alias="property")
    value: Scalar = None
    at: Moment | None = None


class BegunPart(Strict):
    """A programme of the marketing system that a rung was to request."""

    programme: ProgrammeName
    at: Moment | None = None


class ListedPart(Strict):
    """A list that a rung was to change in the marketing system."""

    named: ListName = Field(alias="list")
    change: Literal["add", "remove"] = "add"
    at: Moment | None = None


class OpenPart(Strict):
    """A task that is open."""

    to: Person
    role: Role = Role.OWNER


class StatePart(Strict):
    """How the lead is to stand."""

    owner: Owner | None = None
    stage: Stage | None = None
    stale: bool | None = None
    sla_state: Text | None = None
    pinned: bool | None = None
    cycles: Annotated[int, Field(ge=0)] | None = None
    open_tasks: tuple[OpenPart, ...] | None = None


class MeanwhilePart(StatePart):
    """How the lead is to stand at a time in between."""

    at: Moment

    @validator(mode="after")
    def _says_something(self) -> Self:
        if self.model_fields_set == {"at"}:
            raise refused("expects nothing in particular: say what, the owner or the stage say")
        return self


class ExpectPart(StatePart):
    """What is to have happened in the end. An empty list: none at all."""

    nothing: Literal[True] | None = None
    handed_over: tuple[HandoverPart, ...] | None = None
    rungs: Annotated[Mapping[ClockName, tuple[FiredPart, ...]], Field(min_length=1)] | None = None
    tasks: tuple[TaskPart, ...] | None = None
    tasks_made: Annotated[int, Field(ge=0)] | None = None
    digest: tuple[LinePart, ...] | None = None
    messages: tuple[MessagePart, ...] | None = None
    statuses: tuple[StatusPart, ...] | None = None
    properties: tuple[ChangedPart, ...] | None = None
    lists: tuple[ListedPart, ...] | None = None
    programmes: tuple[BegunPart, ...] | None = None
    owners: tuple[Owner, ...] | None = None

    @validator(mode="after")
    def _rungs_exist(self, info: ValidationInfo) -> Self:
        clocks = _of_tests(info).clocks or {}
        for clock, fired in (self.rungs or {}).items():
            for part in fired if clock in clocks else ():
                if part.rung not in clocks[clock]:
                    hint = did_you_mean(part.rung, clocks[clock])
                    raise refused(f"clock {clock} has no rung {part.rung!r}{hint}")
        if self.nothing and len(self.model_fields_set) > 1:
            raise refused("nothing: true says it all: leave out the rest")
        if not self.model_fields_set:
            raise refused("expects nothing in particular: say what, or nothing: true")
        return self


class CasePart(Strict):
    """One test: how things are, what happens, what is to come of it."""

    name: Text
    given: GivenPart = GivenPart()
    events: tuple[EventPart, ...] = Field(min_length=1)
    until: Moment
    meanwhile: tuple[MeanwhilePart, ...] = ()
    expect: ExpectPart

    @validator(mode="after")
    def _begins(self) -> Self:
        if self.events[0].at is None:
            raise refused("the first event needs at, a time: after follows another event")
        return self


class PolicyTestFile(Strict):
    """Tests of the policy, with the people they are about."""

    calendar: CalendarName | None = None  # stands in for the agreement's
    pools: Mapping[Name, PoolPart] | None = None
    tests: tuple[CasePart, ...] = Field(min_length=1)

    @validator(mode="after")
    def _each_once(self) -> Self:
        names = [case.name for case in self.tests]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise refused(f"test {twice[0]!r} is there twice")
        return self

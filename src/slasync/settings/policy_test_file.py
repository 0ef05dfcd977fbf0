"""tests/*.yaml: what the agreement is to do in a given case, as people would say it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo
from pydantic import model_validator as validator

from slasync.domain.agreement import Stage
from slasync.domain.facts import Grade
from slasync.domain.writes import Role
from slasync.settings.clock_parts import Stream, refuse_twice
from slasync.settings.effect_parts import Scalar
from slasync.settings.known import refused
from slasync.settings.policy_test_values import (
    AUTOMATION,
    ClockName,
    DefinitionName,
    GivenFields,
    Moment,
    Owner,
    Person,
    Span,
    of_tests,
)
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
    "score", "form", "fields", "status", "outcome", "touch", "contact", "completes", "deletes",
    "owner", "stalls",
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
    contact: Literal["call", "email"] | None = None
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
        if self.grade is not None and doing[0] not in {"touch", "contact", "completes"}:
            raise refused(f"a grade belongs to touch, contact or completes, not to {doing[0]}")
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
        clocks = of_tests(info).clocks or {}
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

"""teams.yaml: the pools that leads are dealt out in, and who is away."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from slasync.settings.known import known_in, refused
from slasync.settings.problems import did_you_mean
from slasync.settings.strict import CalendarName, Email, Name, Strict, Text


class PoolPart(Strict):
    """Members among whom leads go round."""

    members: tuple[Email, ...] = Field(min_length=1)
    manager: Email | None = None
    leadership: tuple[Email, ...] = ()
    queue: Text | None = None
    calendar: CalendarName | None = None

    @field_validator("members")
    @classmethod
    def _each_once(cls, members: tuple[str, ...]) -> tuple[str, ...]:
        lowered = [email.lower() for email in members]
        twice = [email for email in members if lowered.count(email.lower()) > 1]
        if twice:
            raise refused(f"{twice[0]} is there twice")
        return members


class AbsencePart(Strict):
    """Days on which somebody gets no leads, both included."""

    who: Email
    begins: date = Field(alias="from")
    ends: date = Field(alias="to")

    @field_validator("who")
    @classmethod
    def _is_a_member(cls, who: str, info: ValidationInfo) -> str:
        members = known_in(info).members
        if members is not None and who.lower() not in members:
            raise refused(f"{who} is in no pool{did_you_mean(who, members)}")
        return who

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.begins > self.ends:
            raise refused(f"ends on {self.ends}, before it begins on {self.begins}")
        return self


class TeamsFile(Strict):
    """Who works leads."""

    pools: Annotated[Mapping[Name, PoolPart], Field(min_length=1)]
    absences: tuple[AbsencePart, ...] = ()

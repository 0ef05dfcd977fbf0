"""teams.yaml: the pools that leads are dealt out in, and who is away."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import (
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from slasync.domain.languages import Language
from slasync.domain.lead import InHours
from slasync.domain.routing_rules import To
from slasync.settings.known import known_in, refused
from slasync.settings.problems import did_you_mean
from slasync.settings.strict import EMAIL, CalendarName, Email, Name, Strict, Text

Most = Annotated[int, Field(ge=1)]


class MemberPart(Strict):
    """A member: an e-mail address alone, or with what is different about him."""

    who: Email
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    # after the validator below a list is no JSON any more, and strictly no tuple
    skills: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    most_open: Most | None = None
    most_a_day: Most | None = None
    calendar: CalendarName | None = None

    @model_validator(mode="before")
    @classmethod
    def _an_address_alone(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if not re.match(EMAIL, value):
            raise refused(f"{value!r} is no e-mail address")
        return {"who": value}


class _OrAddress:
    """For editors: an address alone is right too."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "pattern": EMAIL}, handler(schema)]}


class PoolPart(Strict):
    """Members among whom leads go round."""

    members: tuple[Annotated[MemberPart, _OrAddress], ...] = Field(min_length=1)
    manager: Email | None = None
    leadership: tuple[Email, ...] = ()
    queue: Text | None = None
    calendar: CalendarName | None = None
    in_hours: InHours = InHours.IGNORED
    most_open: Most | None = None
    most_a_day: Most | None = None
    language: Language | None = None
    languages: Mapping[Email, Language] = Field(default_factory=dict)

    @field_validator("members")
    @classmethod
    def _each_once(cls, members: tuple[MemberPart, ...]) -> tuple[MemberPart, ...]:
        lowered = [member.who.lower() for member in members]
        twice = [member.who for member in members if lowered.count(member.who.lower()) > 1]
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


class RolesPart(Strict):
    """Who stands for a side: marketing's people, and the heads who review the agreement."""

    marketing: tuple[Email, ...] = ()
    head_of_marketing: Email | None = None
    head_of_sales: Email | None = None

    @property
    def heads(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.head_of_marketing, self.head_of_sales)))


class TeamsFile(Strict):
    """Who works leads."""

    roles: RolesPart = RolesPart()
    language: Language = Language.EN
    pools: Annotated[Mapping[Name, PoolPart], Field(min_length=1)]
    absences: tuple[AbsencePart, ...] = ()

    @property
    def read_in(self) -> Mapping[Language, str]:
        """Return each language that somebody reads, with one who does: a person or a pool."""
        pools = [(part.language or self.language, f"pool {n}") for n, part in self.pools.items()]
        people = [(each, who) for p in self.pools.values() for who, each in p.languages.items()]
        return dict(reversed([*pools, *people]))

    @field_validator("pools")
    @classmethod
    def _named_apart(cls, pools: Mapping[str, PoolPart]) -> Mapping[str, PoolPart]:
        if To.ACCOUNT_OWNER.value in pools:
            raise refused("no pool is named account_owner: in rules that is who owns the account")
        return pools

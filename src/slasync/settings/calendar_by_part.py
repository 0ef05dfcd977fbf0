"""A clock's `calendar_by`: its calendar by a field of the lead, or by who owns it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self

from pydantic import Field, model_validator

from slasync.domain.agreement import Follows
from slasync.settings.known import refused
from slasync.settings.problems import did_you_mean
from slasync.settings.strict import CalendarName, FieldName, Strict, Text


class Of(StrEnum):
    """Whose calendar counts."""

    OWNER = "owner"
    TEAM = "team"


class ZoneOf(StrEnum):
    """By whose wall clock the hours of an owner without a calendar of his own are read."""

    CALENDAR = "calendar"
    OWNER = "owner"


class CalendarByPart(Strict):
    """The calendar by a field of the lead, for other values the pool's; or whose it is.

    `owner` alone means `{of: owner}`.
    """

    field: FieldName | None = None
    calendars: Mapping[Text, CalendarName] = Field(default_factory=dict)
    of: Of | None = None
    zone: ZoneOf = ZoneOf.CALENDAR

    @model_validator(mode="before")
    @classmethod
    def _whose_alone(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value not in list(Of):
            near = did_you_mean(value, list(Of))
            raise refused(f"{value!r} has no calendar{near}: owner, team, or field and calendars")
        return {"of": value}

    @model_validator(mode="after")
    def _by_one_thing(self) -> Self:
        if (self.field is None) == (self.of is None):
            raise refused("name either a field of the lead, or whose calendar (of: owner or team)")
        if (self.field is None) != (not self.calendars):
            raise refused("field and calendars belong together: which calendar for which value")
        if self.zone == ZoneOf.OWNER and self.of != Of.OWNER:
            raise refused("zone: owner goes with of: owner")
        return self

    @property
    def follows(self) -> Follows | None:
        """Whose calendar counts; None where a field tells."""
        if self.of is None:
            return None
        if self.of == Of.TEAM:
            return Follows.TEAM
        return Follows.OWNER_IN_ZONE if self.zone == ZoneOf.OWNER else Follows.OWNER

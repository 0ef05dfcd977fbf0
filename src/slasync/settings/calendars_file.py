"""calendars.yaml: open hours, holidays and exceptions of each place where leads are worked."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator

from slasync.domain.time.calendars import Interval
from slasync.domain.time.local_time import zone_named
from slasync.settings.holidays_of import Region, refuse_unknown
from slasync.settings.known import refused
from slasync.settings.strict import Name, Strict, Text

_SPAN = {"type": "string", "pattern": r"^\d\d:\d\d-\d\d:\d\d$"}
_SPANS: dict[str, Any] = {"type": "array", "items": _SPAN}


Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]


def _zone(name: str) -> str:
    try:
        zone_named(name)
    except ValueError as error:
        raise refused(str(error)) from None
    return name


def _intervals(value: Any) -> tuple[Interval, ...]:
    """Read ["09:00-12:30", "13:30-17:30"]; a shift such as 22:00-06:00 closes on the next date."""
    if not isinstance(value, list) or not all(isinstance(span, str) for span in value):
        raise refused('a list of hours is needed: ["09:00-12:30", "13:30-17:30"], or [] if closed')
    intervals = tuple(map(_interval, value))
    for (first, before), (second, after) in pairwise(zip(value, intervals, strict=True)):
        if after.opens < before.closes:
            raise refused(f"{second} begins before {first} has ended")
    return intervals


def _interval(span: str) -> Interval:
    opens, dash, closes = span.partition("-")
    if not dash:
        raise refused(f"{span!r} is no interval: write 09:00-17:00")
    try:
        return Interval.at(opens.strip(), closes.strip())
    except ValueError as error:
        raise refused(str(error)) from None


def _override(value: Any) -> tuple[Interval, ...]:
    return () if value == "closed" else _intervals(value)


Hours = Annotated[
    tuple[Interval, ...], PlainValidator(_intervals), WithJsonSchema(_SPANS | {"minItems": 0})
]
Override = Annotated[
    tuple[Interval, ...],
    PlainValidator(_override),
    WithJsonSchema({"anyOf": [{"const": "closed"}, _SPANS]}),
]


class WeekPart(Strict):
    """Hours of each weekday; a day left out is closed."""

    mon: Hours = ()
    tue: Hours = ()
    wed: Hours = ()
    thu: Hours = ()
    fri: Hours = ()
    sat: Hours = ()
    sun: Hours = ()

    @property
    def by_number(self) -> Mapping[int, tuple[Interval, ...]]:
        days = (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)
        return {number: hours for number, hours in enumerate(days) if hours}


class HolidayIn(StrEnum):
    """Which days of several regions are holidays."""

    ANY = "any"  # of them has a holiday
    ALL = "all"  # of them have one


class RegionPart(Strict):
    """A country or a part of it."""

    country: Country
    subdivision: str | None = None
    categories: tuple[Text, ...] = ("public",)
    language: str | None = None

    @model_validator(mode="after")
    def _exists(self) -> Self:
        refuse_unknown(self.place)
        return self

    @property
    def place(self) -> Region:
        return Region(self.country, self.subdivision, self.categories, self.language)


class HolidaysPart(Strict):
    """Public holidays of one region or of several, more of them, fewer of them."""

    country: Country | None = None
    subdivision: str | None = None
    categories: tuple[Text, ...] = ("public",)
    language: str | None = None
    regions: tuple[RegionPart, ...] = ()
    holiday_in: HolidayIn = HolidayIn.ANY
    add: Mapping[date, Text] = Field(default_factory=dict)
    remove: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _fit(self) -> Self:
        one = sorted(self.model_fields_set & set(RegionPart.model_fields))
        if self.regions and one:
            raise refused(f"{' and '.join(one)} beside regions: write it into one of the regions")
        if self.country is None and (self.subdivision or self.language):
            raise refused("a subdivision or language needs its country")
        if len(self.regions) < 2 and "holiday_in" in self.model_fields_set:  # noqa: PLR2004 - a pair
            raise refused("holiday_in puts regions together: name two or more under regions")
        if len(set(self.places)) < len(self.places):
            raise refused("a region is named twice: once is enough")
        if self.country is not None:
            refuse_unknown(*self.places)
        return self

    @property
    def places(self) -> tuple[Region, ...]:
        """Return the regions, whichever way they are written."""
        if self.country is None:
            return tuple(region.place for region in self.regions)
        return (Region(self.country, self.subdivision, self.categories, self.language),)


class CalendarPart(Strict):
    """One calendar."""

    zone: Annotated[str, AfterValidator(_zone)]
    week: WeekPart
    holidays: HolidaysPart = HolidaysPart()
    overrides: Mapping[date, Override] = Field(default_factory=dict)


class CalendarsFile(Strict):
    """The calendars, and the dates they are worked out for."""

    first: date | None = None
    last: date | None = None
    calendars: Mapping[Name, CalendarPart] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first and self.last and self.first > self.last:
            raise refused(f"last ({self.last}) lies before first ({self.first})")
        return self

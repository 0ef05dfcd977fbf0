"""What a calendar is made of: its units, intervals, holidays and the dates it was written for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from slasync.domain.recorded import said
from slasync.domain.time.local_time import HOUR, MINUTE

MINUTES_A_DAY = 1440
DAYS_A_WEEK = 7
_CLOCK_PARTS = 2
_MOST = 10**9


class Unit(StrEnum):
    """In what a deadline counts."""

    CALENDAR_DAYS = "calendar_days"
    BUSINESS_DAYS = "business_days"
    BUSINESS_HOURS = "business_hours"
    BUSINESS_MINUTES = "business_minutes"

    @property
    def counts_days(self) -> bool:
        return self in {Unit.CALENDAR_DAYS, Unit.BUSINESS_DAYS}


@dataclass(frozen=True, slots=True)
class Offset:
    """How long after its anchor something is due: 0 or more, whole numbers for days."""

    amount: float
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= _MOST:
            raise ValueError(f"the amount is {self.amount}: give a number from 0 to {_MOST:,}")
        if self.unit.counts_days and self.amount != int(self.amount):
            raise ValueError(f"the amount is {self.amount}: {self.unit} count whole days only")

    def __str__(self) -> str:
        words = self.unit.value.replace("_", " ")
        return f"{self.amount:.15g} {words.removesuffix('s') if self.amount == 1 else words}"

    @property
    def days(self) -> int:
        return int(self.amount)

    @property
    def open_us(self) -> int:
        """The open time to pass, in microseconds, for business hours and minutes."""
        return round(Fraction(self.amount) * (HOUR if self.unit == Unit.BUSINESS_HOURS else MINUTE))


@dataclass(frozen=True, slots=True)
class Interval:
    """Open from `opens` up to before `closes`, in minutes after the local midnight of its day.

    `closes` beyond 1440 lies on the next date: a shift past midnight belongs to the day it starts.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens <= MINUTES_A_DAY:
            raise ValueError(f"an interval opens at minute {self.opens}: give 0 to 1440")
        if not self.opens < self.closes <= self.opens + MINUTES_A_DAY:
            raise ValueError(
                f"an interval from minute {self.opens} to {self.closes}: it must close after it"
                " opens and within 24 hours (02:00 of the next day is minute 1560)"
            )

    @classmethod
    def at(cls, opens: str, closes: str) -> "Interval":
        """Read wall times, "08:30" to "17:00"; one that closes earlier closes on the next date."""
        begin, end = minute_of_day(opens), minute_of_day(closes)
        if begin == end:
            raise ValueError(
                f"an interval from {opens} to {closes} is empty: 00:00 to 24:00 is a day"
            )
        return cls(begin, end if end > begin else end + MINUTES_A_DAY)

    def holds(self, minute: int) -> bool:
        """Tell whether a minute after the day's midnight, up to 2880, lies inside."""
        return self.opens <= minute < self.closes


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """A calendar as it is written: `week` by weekday (Monday is 0), then the exceptions.

    A holiday has no hours. An override has the last word on its date: half days, extra days, or
    closed when it is empty. Nothing is known before `first` and after `last`, both included.
    `holidays_to` is the last date whose public holidays are known, None when all are.
    """

    name: str
    zone: str
    week: Mapping[int, tuple[Interval, ...]]
    holidays: Mapping[date, str]
    overrides: Mapping[date, tuple[Interval, ...]]
    first: date
    last: date
    holidays_to: date | None = None

    def __post_init__(self) -> None:
        strange = [day for day in self.week if day not in range(DAYS_A_WEEK)]
        if strange:
            raise ValueError(f"calendar {self.name!r}: weekday {strange[0]}: Monday is 0, Sunday 6")
        if self.first > self.last:
            raise ValueError(f"calendar {self.name!r} ends on {self.last}, before {self.first}")

    def intervals(self, day: date) -> tuple[Interval, ...]:
        """Return the intervals that start on `day`, as written."""
        if day in self.overrides:
            return self.overrides[day]
        return () if day in self.holidays else self.week.get(day.weekday(), ())


class CoverageEnded(ValueError):
    """A calendar was asked about a time that it was not written for."""

    def __init__(self, spec: CalendarSpec) -> None:
        super().__init__(
            said("not_covered", calendar=repr(spec.name), first=spec.first, last=spec.last)
        )
        self.spec = spec
        self.calendar = spec.name
        self.ends = spec.last

    def __reduce__(self) -> tuple[type["CoverageEnded"], tuple[CalendarSpec]]:
        return CoverageEnded, (self.spec,)  # from one process to another


def minute_of_day(text: str) -> int:
    """Read "00:00" to "24:00" as minutes after midnight."""
    parts = text.split(":")
    if len(parts) == _CLOCK_PARTS and all(len(p) == _CLOCK_PARTS and p.isdecimal() for p in parts):
        hours, minutes = map(int, parts)
        if minutes < HOUR // MINUTE and hours * 60 + minutes <= MINUTES_A_DAY:
            return hours * 60 + minutes
    raise ValueError(f"{text!r} is no time of day: write 08:30, or 24:00 for the end of the day")

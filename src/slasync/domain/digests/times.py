"""When a reader's digest is due: at its time of day, on open days, never outside open hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from slasync.domain.time.calendar_spec import DAYS_A_WEEK
from slasync.domain.time.calendars import Calendar, CoverageEnded
from slasync.domain.time.local_time import MINUTE, LocalTime, from_us, midnight, zone_named

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a digest comes, by the wall clock of its reader's calendar."""

    minute: int  # of the day: 480 is 08:00
    weekday: int | None = None
    """None: every day with open hours. Else that weekday, Monday being 0, or the open day next."""


def slot_from(calendar: Calendar, rhythm: Rhythm, at: datetime) -> datetime:
    """Return the first slot at or after `at`.

    A slot is the first open instant at or after the rhythm's time of one of its days. Raises
    CoverageEnded where the calendar ends before.
    """
    wall = _Wall(calendar, rhythm)
    since = next(wall.days_back(at), calendar.spec.first)
    for day in wall.days(since):
        slot = calendar.first_open(wall.time_of(day))
        if slot >= at:
            return slot
    raise CoverageEnded(calendar.spec)


def slot_upto(calendar: Calendar, rhythm: Rhythm, at: datetime) -> datetime | None:
    """Return the last slot at or before `at`; None: there is none since the calendar begins."""
    wall = _Wall(calendar, rhythm)
    slots = (calendar.first_open(wall.time_of(day)) for day in wall.days_back(at))
    return next((slot for slot in slots if slot <= at), None)


@dataclass(frozen=True, slots=True)
class _Wall:
    """A rhythm on the dates of a calendar."""

    calendar: Calendar
    rhythm: Rhythm

    def time_of(self, day: date) -> datetime:
        """Return the instant of the rhythm's time on `day`; in a gap of the clock, its end."""
        return from_us(self._local.instant(midnight(day) + self.rhythm.minute * MINUTE))

    def days(self, since: date) -> Iterator[date]:
        """Yield the rhythm's days from `since` to the end of the calendar."""
        while since <= self.calendar.ends:
            if self._counts(since):
                yield since
            since += _A_DAY

    def days_back(self, at: datetime) -> Iterator[date]:
        """Yield the rhythm's days whose time had come at `at`, the last one first."""
        day = min(at.astimezone(self._local.zone).date(), self.calendar.ends)
        while day >= self.calendar.spec.first:
            if self._counts(day) and self.time_of(day) <= at:
                yield day
            day -= _A_DAY

    def _counts(self, day: date) -> bool:
        """Tell whether the rhythm has a digest on `day`."""
        if not self.calendar.spec.intervals(day):
            return False
        if self.rhythm.weekday is None:
            return True
        since = (day.weekday() - self.rhythm.weekday) % DAYS_A_WEEK
        before = (day - back * _A_DAY for back in range(1, since + 1))
        return not any(map(self.calendar.spec.intervals, before))

    @property
    def _local(self) -> LocalTime:
        return LocalTime(zone_named(self.calendar.spec.zone))

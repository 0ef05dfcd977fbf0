"""Deadlines by the plainest means: look at the wall clock every minute. Slow, and written apart.

It shares nothing with the code it judges but the calendar as written. Every zone's offset has been
a whole number of minutes since 1972, so a minute of UTC is open or closed as a whole.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from slasync.domain.calendars import CalendarSpec, Interval, Offset, Unit

MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)


class MinuteOracle:
    """Answers like a Calendar, for times well inside its coverage. Remembers the minutes seen."""

    def __init__(self, spec: CalendarSpec) -> None:
        self._spec = spec
        self._zone = ZoneInfo(spec.zone)
        self._belongs: dict[datetime, date | None] = {}

    def due(self, start: datetime, offset: Offset) -> datetime:
        start = start.astimezone(UTC)
        match offset.unit:
            case Unit.CALENDAR_DAYS if offset.amount == 0:
                return start
            case Unit.CALENDAR_DAYS:
                wall = self._wall(start)
                return self._shows(wall + int(offset.amount) * A_DAY)
            case Unit.BUSINESS_DAYS:
                return self._business_days(self.first_open(start), int(offset.amount))
            case Unit.BUSINESS_HOURS:
                return self._open_time(start, timedelta(hours=offset.amount))
            case Unit.BUSINESS_MINUTES:
                return self._open_time(start, timedelta(minutes=offset.amount))

    def first_open(self, at: datetime) -> datetime:
        while not self.is_open(at):
            at = _floor(at) + MINUTE
        return at

    def is_open(self, at: datetime) -> bool:
        return self._day_of(_floor(at)) is not None

    def open_minutes(self, begins: datetime, ends: datetime) -> list[datetime]:
        return [minute for minute in _minutes(begins, ends) if self.is_open(minute)]

    def open_between(self, begins: datetime, ends: datetime) -> timedelta:
        passed = timedelta()
        while begins < ends:
            until = min(_floor(begins) + MINUTE, ends)
            passed += (until - begins) * self.is_open(begins)
            begins = until
        return passed

    def _open_time(self, at: datetime, left: timedelta) -> datetime:
        at = self.first_open(at)
        while left:
            until = _floor(at) + MINUTE
            if self.is_open(at):
                if left <= until - at:
                    return at + left
                left -= until - at
            at = until
        return at

    def _business_days(self, opened: datetime, count: int) -> datetime:
        day = self._day_of(_floor(opened))
        assert day is not None
        time_of_shift = self._wall(opened) - _midnight(day)
        while count:
            day += A_DAY
            count -= self._has_open_hours(day)
        return self.first_open(self._shows(_midnight(day) + time_of_shift))

    def _has_open_hours(self, day: date) -> bool:
        """Look for a minute whose reading lies in an interval that starts on `day`."""
        spans = [
            (_midnight(day) + i.opens * MINUTE, _midnight(day) + i.closes * MINUTE)
            for i in self._intervals(day)
        ]
        return any(
            opens <= self._wall(minute) < closes
            for opens, closes in spans
            for minute in _minutes(opens - A_DAY, closes + A_DAY)
        )

    def _shows(self, wall: datetime) -> datetime:
        """Return the first instant at which the wall clock shows `wall` or has passed it."""
        for minute in _minutes(_floor(wall) - A_DAY, wall + 2 * A_DAY):
            shown = self._wall(minute)
            if shown >= _floor(wall):
                return minute + (wall - shown if shown == _floor(wall) else timedelta())
        raise AssertionError("a wall clock that never gets there")

    def _day_of(self, minute: datetime) -> date | None:
        """Return the date to which an open minute belongs, or None when it is closed."""
        if minute not in self._belongs:
            self._belongs[minute] = self._look(minute)
        return self._belongs[minute]

    def _look(self, minute: datetime) -> date | None:
        wall = self._wall(minute)
        for day in (wall.date(), wall.date() - A_DAY):
            after_midnight = (wall - _midnight(day)) // MINUTE
            if any(i.opens <= after_midnight < i.closes for i in self._intervals(day)):
                return day
        return None

    def _intervals(self, day: date) -> tuple[Interval, ...]:
        if day in self._spec.overrides:
            return self._spec.overrides[day]
        if day in self._spec.holidays:
            return ()
        return self._spec.week.get(day.weekday(), ())

    def _wall(self, at: datetime) -> datetime:
        """Return the wall clock's reading, dressed up as UTC so that readings can be subtracted."""
        return at.astimezone(self._zone).replace(tzinfo=UTC, fold=0)


def _minutes(begins: datetime, ends: datetime) -> Iterator[datetime]:
    while begins < ends:
        yield begins
        begins += MINUTE


def _floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

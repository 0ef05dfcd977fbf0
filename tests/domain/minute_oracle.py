"""Deadlines by the plainest means: look at the wall clock every minute. Slow, and written apart.

It shares nothing with the code it judges but the calendar as written. Every zone's offset has been
a whole number of minutes since 1972, so a minute of UTC is open or closed as a whole.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from slasync.domain.time.calendars import CalendarSpec, Interval, Offset, Pause, Unit

MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)
EAST = timedelta(hours=15)  # no zone is so far ahead of UTC


class MinuteOracle:
    """Answers like a Calendar, for times well inside its coverage. Remembers the minutes seen."""

    def __init__(self, spec: CalendarSpec) -> None:
        self._spec = spec
        self._zone = ZoneInfo(spec.zone)
        self._belongs: dict[datetime, date | None] = {}
        self._walls: dict[datetime, datetime] = {}
        self._business: dict[date, bool] = {}

    def due(self, start: datetime, offset: Offset, pauses: Sequence[Pause] = ()) -> datetime | None:
        """Return None where somebody who watches the clock would watch a pause for ever."""
        start = start.astimezone(UTC)
        match offset.unit:
            case Unit.CALENDAR_DAYS:
                return self._calendar_days(start, int(offset.amount), pauses)
            case Unit.BUSINESS_DAYS:
                return self._business_days(start, int(offset.amount), pauses)
            case Unit.BUSINESS_HOURS:
                return self._open_time(start, timedelta(hours=offset.amount), pauses)
            case Unit.BUSINESS_MINUTES:
                return self._open_time(start, timedelta(minutes=offset.amount), pauses)

    def first_open(self, at: datetime) -> datetime:
        return next(each for each, _, counts in self._pieces(at, ()) if counts)

    def is_open(self, at: datetime) -> bool:
        return self._day_of(_floor(at)) is not None

    def open_minutes(self, begins: datetime, ends: datetime) -> list[datetime]:
        return [minute for minute in _minutes(begins, ends) if self.is_open(minute)]

    def open_between(
        self, begins: datetime, ends: datetime, pauses: Sequence[Pause] = ()
    ) -> timedelta:
        passed = timedelta()
        for at, until, counts in self._pieces(begins, pauses):
            if at >= ends:
                break
            if counts:
                passed += min(until, ends) - at
        return passed

    def _pieces(
        self, at: datetime, pauses: Sequence[Pause]
    ) -> Iterator[tuple[datetime, datetime, bool]]:
        """Step on minute by minute, and to where a pause begins or ends; until one lasts for ever.

        Tells of each piece whether its time counts.
        """
        edges = deque(edge for edge in _edges(pauses) if edge > at)
        minute = _floor(at)
        while not any(p.ends is None and p.begins <= at for p in pauses):
            is_open = self._day_of(minute) is not None
            minute += MINUTE
            while edges and edges[0] < minute:
                edge = edges.popleft()
                yield at, edge, is_open and not _paused(at, pauses)
                at = edge
            yield at, minute, is_open and not _paused(at, pauses)
            at = minute

    def _first_counted(self, at: datetime, pauses: Sequence[Pause]) -> datetime | None:
        return next((each for each, _, counts in self._pieces(at, pauses) if counts), None)

    def _open_time(self, at: datetime, left: timedelta, pauses: Sequence[Pause]) -> datetime | None:
        if not left:
            return self._first_counted(at, pauses)
        for each, until, counts in self._pieces(at, pauses):
            if counts and left <= until - each:
                return each + left
            left -= (until - each) * counts
        return None

    def _business_days(self, at: datetime, count: int, pauses: Sequence[Pause]) -> datetime | None:
        """Watch until as much has counted as is open up to the deadline that knows no pauses."""
        opened = self._first_counted(at, pauses)
        if opened is None or not count:
            return opened
        day = self._day_of(_floor(opened))
        assert day is not None
        time_of_shift = self._wall(opened) - _midnight(day)
        while count:
            day += A_DAY
            count -= self._has_open_hours(day)
        unpaused = self.first_open(self._shows(_midnight(day) + time_of_shift))
        counted = self._open_time(opened, self.open_between(opened, unpaused), pauses)
        return counted and self._first_counted(counted, pauses)

    def _calendar_days(
        self, start: datetime, count: int, pauses: Sequence[Pause]
    ) -> datetime | None:
        """Move the deadline on, pause after pause, by what a clock on the wall shows to go by."""
        pauses = _end_to_end(pauses)
        begun = next((p.ends for p in pauses if _paused(start, [p])), start)
        if begun is None:
            return None
        due = self._shows(self._wall(begun) + count * A_DAY) if count else begun
        for pause in pauses:
            if begun <= pause.begins <= due:
                if pause.ends is None:
                    return None
                shown = self._wall(pause.ends) - self._wall(pause.begins)
                due = max(due, pause.ends, self._shows(self._wall(due) + shown))
        return due

    def _has_open_hours(self, day: date) -> bool:
        if day not in self._business:
            self._business[day] = self._shows_hours(day)
        return self._business[day]

    def _shows_hours(self, day: date) -> bool:
        """Look for a minute whose reading lies in an interval that starts on `day`."""
        spans = [
            (_midnight(day) + i.opens * MINUTE, _midnight(day) + i.closes * MINUTE)
            for i in self._intervals(day)
        ]
        return any(
            opens <= self._wall(minute) < closes
            for opens, closes in spans
            for minute in _minutes(opens - EAST, closes + A_DAY)
        )

    def _shows(self, wall: datetime) -> datetime:
        """Return the first instant at which the wall clock shows `wall` or has passed it."""
        for minute in _minutes(_floor(wall) - EAST, wall + A_DAY):
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
        minute = _floor(at)
        if minute not in self._walls:
            self._walls[minute] = minute.astimezone(self._zone).replace(tzinfo=UTC, fold=0)
        return self._walls[minute] + (at - minute)


def _edges(pauses: Sequence[Pause]) -> list[datetime]:
    return sorted({e for pause in pauses for e in (pause.begins, pause.ends) if e is not None})


def _paused(at: datetime, pauses: Sequence[Pause]) -> bool:
    return bool(pauses) and any(p.begins <= at and (p.ends is None or at < p.ends) for p in pauses)


def _end_to_end(pauses: Sequence[Pause]) -> list[Pause]:
    """Put pauses that meet together: go from edge to edge and look whether it is paused there."""
    whole: list[Pause] = []
    begins: datetime | None = None
    for edge in _edges(pauses):
        if _paused(edge, pauses):
            begins = begins or edge
        elif begins:
            whole.append(Pause(begins, edge))
            begins = None
    return [*whole, Pause(begins)] if begins else whole


def _minutes(begins: datetime, ends: datetime) -> Iterator[datetime]:
    while begins < ends:
        yield begins
        begins += MINUTE


def _floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

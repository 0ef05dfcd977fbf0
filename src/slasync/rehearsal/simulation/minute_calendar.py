"""When something is due, worked out the slow way: every minute's wall clock is looked at.

Nothing is shared with the calendar of the domain: where the two differ, one of them is wrong.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain, count
from zoneinfo import ZoneInfo

from slasync.rehearsal.simulation.evidence import Hours

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
A_DAY = 1440
SEARCHED = 400  # days without an open minute: the calendar is closed for good


class Closed(ValueError):
    """The calendar never opens again."""


class MinuteCalendar:
    """Open minutes of one calendar, found as far as somebody asked."""

    def __init__(self, hours: Hours, since: datetime) -> None:
        self._hours = hours
        self._zone = ZoneInfo(hours.zone)
        self._open: list[int] = []  # numbers of open minutes since 1970, in order
        self._day = (since.astimezone(UTC) - 2 * DAY).date()  # the next to be looked through
        self._first = _number(datetime.combine(self._day, time(), UTC))

    def due(self, anchor: datetime, unit: str, amount: float) -> datetime:
        """Return when `amount` of `unit` after `anchor` is over, in UTC."""
        match unit:
            case "calendar_days":
                return self._calendar_days(anchor, int(amount))
            case "business_days":
                return self._business_days(anchor, int(amount))
            case "business_hours":
                return self._open_time(anchor, timedelta(hours=amount))
            case "business_minutes":
                return self._open_time(anchor, timedelta(minutes=amount))
        raise ValueError(f"no unit is named {unit!r}")

    def first_open(self, at: datetime) -> datetime:
        """Return the first open instant at or after `at`."""
        number = _number(at)
        found = self._nth(bisect_left(self._upto(number), number))
        return at if found == number else EPOCH + found * MINUTE

    def _open_time(self, anchor: datetime, left: timedelta) -> datetime:
        """Let open minutes pass one by one; the first may have begun already."""
        at = self.first_open(anchor)
        number = _number(at)
        rest_of_minute = EPOCH + (number + 1) * MINUTE - at
        if left <= rest_of_minute:
            return at + left
        left -= rest_of_minute
        whole, part = divmod(left, MINUTE)
        place = bisect_left(self._open, number) + whole
        if part:
            return EPOCH + self._nth(place + 1) * MINUTE + part
        return EPOCH + (self._nth(place) + 1) * MINUTE

    def _business_days(self, anchor: datetime, days: int) -> datetime:
        at = self.first_open(anchor)
        if not days:
            return at
        local = at.astimezone(self._zone)
        day = self._shift(local.date(), local.hour * 60 + local.minute)
        wall = local.replace(tzinfo=None) - datetime.combine(day, time())
        target = day
        for _ in range(days):
            target = next(d for d in _following(target) if self._pieces(d))
        return self.first_open(self._instant(datetime.combine(target, time()) + wall))

    def _calendar_days(self, anchor: datetime, days: int) -> datetime:
        if not days:
            return anchor
        local = anchor.astimezone(self._zone).replace(tzinfo=None)
        return self._instant(local + days * DAY)

    def _instant(self, wall: datetime) -> datetime:
        """Return when the wall clock first shows `wall`, or the end of the gap that skips it."""
        before = wall.replace(tzinfo=self._zone, fold=0).astimezone(UTC)
        if before.astimezone(self._zone).replace(tzinfo=None) == wall:
            return before
        at = wall.replace(tzinfo=self._zone, fold=1).astimezone(UTC) - MINUTE
        offset = at.astimezone(self._zone).utcoffset()
        at = EPOCH + _number(at) * MINUTE
        while at.astimezone(self._zone).utcoffset() == offset:
            at += MINUTE
        return at

    # open minutes

    def _pieces(self, day: date) -> tuple[tuple[int, int], ...]:
        hours = self._hours
        if day in hours.overrides:
            return hours.overrides[day]
        return () if day in hours.holidays else hours.week.get(day.weekday(), ())

    def _shift(self, day: date, minute: int) -> date:
        """Return the day to whose hours an open minute belongs."""
        own = any(opens <= minute < closes for opens, closes in self._pieces(day))
        return day if own else day - DAY

    def _open_on(self, day: date) -> set[int]:
        """Return the minutes of a day that are open, by its own hours or by those of yesterday."""
        today = [range(a, b) for a, b in self._pieces(day)]
        yesterday = [range(a - A_DAY, b - A_DAY) for a, b in self._pieces(day - DAY)]
        return set(chain(*today, *yesterday))

    def _upto(self, number: int) -> list[int]:
        if number < self._first:
            raise ValueError("the calendar was asked about a time before its first")
        while not self._open or self._open[-1] <= number:
            self._look_through()
        return self._open

    def _nth(self, place: int) -> int:
        while len(self._open) <= place:
            self._look_through()
        return self._open[place]

    def _look_through(self) -> None:
        """Look at every minute of further days, up to and including one that is open."""
        for _ in range(SEARCHED):
            begin = datetime.combine(self._day, time(), UTC)
            found = list(self._minutes(begin))
            self._day += DAY
            if found:
                self._open += found
                return
        raise Closed(f"{self._hours.zone} has no open minute in {SEARCHED} days")

    def _minutes(self, begin: datetime) -> Iterator[int]:
        first, day, minutes = _number(begin), date.min, set[int]()
        for n in range(A_DAY):
            local = (begin + n * MINUTE).astimezone(self._zone)
            if local.date() != day:
                day = local.date()
                minutes = self._open_on(day)
            if local.hour * 60 + local.minute in minutes:
                yield first + n


def _number(at: datetime) -> int:
    return (at - EPOCH) // MINUTE


def _following(day: date) -> Iterator[date]:
    for n in count(1):
        yield day + n * DAY


def calendar_of(hours: Hours, since: datetime) -> MinuteCalendar:
    """Return the calendar; runs of one process share what was looked through."""
    day = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    week = tuple(sorted(hours.week.items()))
    overrides = tuple(sorted(hours.overrides.items()))
    return _shared(hours.zone, week, hours.holidays, overrides, day)


@lru_cache(maxsize=64)
def _shared(
    zone: str,
    week: tuple[tuple[int, tuple[tuple[int, int], ...]], ...],
    holidays: frozenset[date],
    overrides: tuple[tuple[date, tuple[tuple[int, int], ...]], ...],
    since: datetime,
) -> MinuteCalendar:
    hours = Hours(zone=zone, week=dict(week), holidays=holidays, overrides=dict(overrides))
    return MinuteCalendar(hours, since)

"""A calendar worked out: windows of open time in UTC and their prefix sums, for bisection."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from slasync.domain.time.calendar_spec import CalendarSpec, CoverageEnded
from slasync.domain.time.local_time import (
    DAY,
    MINUTE,
    LocalTime,
    Stretch,
    day_of,
    midnight,
    zone_named,
)

Span = tuple[int, int]
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpenHours:
    """Open time between `begins` and `ends`, all in microseconds since 1970.

    Window i opens at `opens[i]`, closes at `closes[i]` and has `before[i]` open time before it;
    window 0 is empty and stands at `begins`, so that every covered instant has a window at or
    before it. `lead[i]` is `before[i] - opens[i]`: an instant in the window plus its lead is the
    open time passed by then. `days` are the dates that have open hours, where a shift belongs to
    the date on which it starts.
    """

    spec: CalendarSpec
    local: LocalTime
    begins: int
    ends: int
    stretches: tuple[Stretch, ...] = field(repr=False)
    opens: list[int] = field(repr=False)
    closes: list[int] = field(repr=False)
    before: list[int] = field(repr=False)
    lead: list[int] = field(repr=False)
    total: int
    days: list[date] = field(repr=False)

    @classmethod
    def of(cls, spec: CalendarSpec) -> "OpenHours":
        """Work out a calendar; ValueError when it has no open hours or its zone is unknown."""
        local = LocalTime(zone_named(spec.zone))
        begins = local.instant(midnight(spec.first))
        ends = local.instant(midnight(spec.last) + DAY)
        stretches = tuple(local.stretches(begins, ends))
        windows = [(begins, begins), *merged(windows_of(_readings(spec), stretches))]
        before = [0]
        for opened, closed in windows:
            before.append(before[-1] + closed - opened)
        total = before.pop()
        if not total:
            raise ValueError(
                f"calendar {spec.name!r} has no open hours between {spec.first} and {spec.last}:"
                " give at least one weekday or date an interval"
            )
        opens, closes = ([window[side] for window in windows] for side in (0, 1))
        lead = [passed - opened for passed, opened in zip(before, opens, strict=True)]
        days = list(_open_days(spec, stretches))
        return cls(spec, local, begins, ends, stretches, opens, closes, before, lead, total, days)

    def due_at(self, instant: int, open_us: int) -> int:
        """Return the earliest instant, not before `instant`, at which `open_us` more were open."""
        if open_us == 0:
            return self.first_open(instant)
        if not self.begins <= instant <= self.ends:
            raise CoverageEnded(self.spec)
        i = bisect_right(self.opens, instant) - 1
        closes = self.closes[i]
        passed = self.lead[i] + open_us
        passed += instant if instant < closes else closes  # noqa: FURB136 - min() costs a sixth
        if passed > self.total:
            raise CoverageEnded(self.spec)
        return passed - self.lead[bisect_left(self.before, passed) - 1]

    def first_open(self, instant: int) -> int:
        """Return the first open instant at or after `instant`."""
        i = self._window(instant)
        if instant < self.closes[i]:
            return instant
        if i + 1 == len(self.opens):
            raise CoverageEnded(self.spec)
        return self.opens[i + 1]

    def is_open(self, instant: int) -> bool:
        if instant == self.ends:
            raise CoverageEnded(self.spec)
        return instant < self.closes[self._window(instant)]

    def passed(self, instant: int) -> int:
        """Return the open time from `begins` to `instant`."""
        i = self._window(instant)
        return self.lead[i] + min(instant, self.closes[i])

    def after_days(self, opened: int, count: int) -> int:
        """Return the wall time of the open instant `opened`, `count` days with open hours on.

        Where that is closed, the next open instant; where the clock skips it, the end of the gap.
        """
        if not count:
            return opened  # even the second of two equal readings
        day = self.day_at(opened)
        wall = self.local.reading(opened) - midnight(day)
        target = bisect_left(self.days, day) + count
        if target >= len(self.days):
            raise CoverageEnded(self.spec)
        return self.first_open(self.local.instant(midnight(self.days[target]) + wall))

    def nth_day(self, mark: int, since: int, count: int) -> int:
        """Return when the wall clock shows the time of `mark` on a day with open hours.

        Of those times the `count`-th after `since`; it may be closed then.
        """
        day = self.day_at(mark) if self.is_open(mark) else day_of(self.local.reading(mark))
        wall = self.local.reading(mark) - midnight(day)
        target = bisect_left(self.days, day_of(self.local.reading(since)) - 2 * _A_DAY)
        while target < len(self.days) and self._shows(target, wall) <= since:
            target += 1
        target += count - 1
        if target >= len(self.days):
            raise CoverageEnded(self.spec)
        return self._shows(target, wall)

    def _shows(self, place: int, wall: int) -> int:
        return self.local.instant(midnight(self.days[place]) + wall)

    def day_at(self, opened: int) -> date:
        """Return the day an open instant belongs to: its date, or the date its shift started."""
        reading = self.local.reading(opened)
        day = day_of(reading)
        minute = (reading - midnight(day)) // MINUTE
        own = any(interval.holds(minute) for interval in self.spec.intervals(day))
        return day if own else day - _A_DAY

    def _window(self, instant: int) -> int:
        if not self.begins <= instant <= self.ends:
            raise CoverageEnded(self.spec)
        return bisect_right(self.opens, instant) - 1


def windows_of(readings: Sequence[Span], stretches: Iterable[Stretch]) -> Iterator[Span]:
    """Turn open readings, merged and in order, into the windows of instants that show them.

    Each stretch of one offset shows a run of readings. What lies in a gap is shown by no stretch,
    what lies in a fold by two: so hours that begin in a gap open at its end, and hours that end
    inside a fold come in two pieces.
    """
    opens, closes = [a for a, _ in readings], [b for _, b in readings]
    for stretch in stretches:
        low = bisect_right(closes, stretch.begins + stretch.offset)
        high = bisect_left(opens, stretch.ends + stretch.offset)
        for opened, closed in readings[low:high]:
            yield (
                max(opened - stretch.offset, stretch.begins),
                min(closed - stretch.offset, stretch.ends),
            )


def merged(spans: Iterable[Span]) -> list[Span]:
    """Join spans, given by their beginnings, that touch or overlap."""
    joined: list[Span] = []
    for begins, ends in spans:
        if joined and begins <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], ends)
        else:
            joined.append((begins, ends))
    return joined


def _readings(spec: CalendarSpec) -> list[Span]:
    return merged(sorted(span for day in _dates(spec) for span in _spans(spec, day)))


def _spans(spec: CalendarSpec, day: date) -> list[Span]:
    start = midnight(day)
    return [(start + i.opens * MINUTE, start + i.closes * MINUTE) for i in spec.intervals(day)]


def _dates(spec: CalendarSpec) -> Iterator[date]:
    """Yield the covered dates, and the eve of the first: its shift may last into it."""
    for ordinal in range(spec.first.toordinal() - 1, spec.last.toordinal() + 1):
        yield date.fromordinal(ordinal)


def _open_days(spec: CalendarSpec, stretches: Sequence[Stretch]) -> Iterator[date]:
    """Yield the dates of which at least one open reading is ever shown."""
    gaps = [(a.ends + a.offset, b.begins + b.offset) for a, b in pairwise(stretches)]
    for day in _dates(spec):
        spans = _spans(spec, day)
        if any(not any(a <= begins and ends <= b for a, b in gaps) for begins, ends in spans):
            yield day

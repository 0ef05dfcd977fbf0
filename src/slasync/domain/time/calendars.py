"""When something is due: deadlines in calendar days, business days, hours or minutes.

The arithmetic is in `open_hours` and `pauses`, wall clocks in `local_time`, the words in
`calendar_words`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from slasync.domain.languages import Language
from slasync.domain.time.calendar_spec import CalendarSpec, CoverageEnded, Interval, Offset, Unit
from slasync.domain.time.calendar_words import told
from slasync.domain.time.local_time import DAY, from_us, to_us
from slasync.domain.time.open_hours import OpenHours
from slasync.domain.time.pauses import (
    Pause,
    Run,
    after_business_days,
    after_open_time,
    first_unpaused,
    paused_open_time,
    pushed_by_wall_time,
    runs_of,
)

__all__ = ["Calendar", "CalendarSpec", "CoverageEnded", "Interval", "Offset", "Pause", "Unit"]


class Calendar:
    """Open hours of one zone. Takes aware datetimes of any zone and answers in UTC.

    Raises ValueError for a datetime without a zone and CoverageEnded, which names the calendar and
    its last date, where a business unit leads outside the dates the calendar was written for.
    """

    __slots__ = ("_hours", "spec")

    def __init__(self, spec: CalendarSpec) -> None:
        self.spec = spec
        self._hours = OpenHours.of(spec)

    def __repr__(self) -> str:
        return f"Calendar({self.name!r}, {self.spec.zone}, {self.spec.first} to {self.ends})"

    @property
    def hours(self) -> OpenHours:
        """The calendar worked out, for what goes from one calendar to another."""
        return self._hours

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def ends(self) -> date:
        """The last local date the calendar knows."""
        return self.spec.last

    @property
    def last_open(self) -> date:
        """The last local date with open hours."""
        return self._hours.days[-1]

    def due(self, start: datetime, offset: Offset) -> datetime:
        """Return when `offset` after `start` is due, in UTC.

        Calendar days keep the wall time; business days keep the wall time of the first open
        instant; business time is due the instant it has passed (17:00, not 9:00 of the next day).
        """
        return from_us(self._due_us(to_us(start), offset))

    def due_many(self, starts: Iterable[datetime], offset: Offset) -> list[datetime]:
        """Return `due` of every start, in order; the unit and amount are read once."""
        if offset.unit.counts_days:
            return [self.due(start, offset) for start in starts]
        open_us, due_at = offset.open_us, self._hours.due_at
        return [from_us(due_at(to_us(start), open_us)) for start in starts]

    def due_paused(
        self, start: datetime, offset: Offset, pauses: Iterable[Pause]
    ) -> datetime | None:
        """Return `due` where paused time does not count; None while a pause leaves it unknown.

        Business time counts what is open and not paused. A deadline in days moves: business days by
        the open time that was paused up to it, calendar days by what the wall clock went on
        meanwhile; it never lies inside a pause. Pauses may overlap and come in any order.
        """
        runs = runs_of(pauses)
        due = self._due_paused_us(to_us(start), offset, runs)
        return None if due is None else from_us(due)

    def due_at(self, epoch_us: int, open_us: int) -> int:
        """The core of business time in whole microseconds, since 1970 in UTC and of open time."""
        return self._hours.due_at(epoch_us, open_us)

    def first_open(self, at: datetime) -> datetime:
        """Return the first open instant at or after `at`."""
        return from_us(self._hours.first_open(to_us(at)))

    def open_between(self, begins: datetime, ends: datetime) -> timedelta:
        """Return the open time from `begins` to `ends`, negative where `ends` is the earlier."""
        passed = self._hours.passed(to_us(ends)) - self._hours.passed(to_us(begins))
        return timedelta(microseconds=passed)

    def elapsed(self, begins: datetime, ends: datetime, pauses: Iterable[Pause] = ()) -> timedelta:
        """Return the open time from `begins` to `ends` that was not paused.

        Negative where `ends` is the earlier.
        """
        since, until = to_us(begins), to_us(ends)
        early, late = min(since, until), max(since, until)
        passed = self._hours.passed(late) - self._hours.passed(early)
        passed -= paused_open_time(self._hours, early, late, runs_of(pauses))
        return timedelta(microseconds=passed if since == early else -passed)

    def open_days(self, first: date, last: date) -> Sequence[date]:
        """Return the local dates with open hours from `first` to `last`, both included.

        Raises CoverageEnded where the calendar was not written for all of them.
        """
        if first < self.spec.first or last > self.spec.last:
            raise CoverageEnded(self.spec)
        days = self._hours.days
        return days[bisect_left(days, first) : bisect_right(days, last)]

    def is_open(self, at: datetime) -> bool:
        return self._hours.is_open(to_us(at))

    def covers(self, at: datetime) -> bool:
        """Tell whether the calendar was written for the local date of `at`."""
        return self._hours.begins <= to_us(at) < self._hours.ends

    def explain(
        self,
        start: datetime,
        offset: Offset,
        pauses: Iterable[Pause] = (),
        language: Language = Language.EN,
    ) -> tuple[str, ...]:
        """Tell the arithmetic of `due_paused` in words: zone, days skipped and why, due instant."""
        since, runs = to_us(start), runs_of(pauses)
        due = self._due_paused_us(since, offset, runs)
        return told(self._hours, since, offset, due, runs, language)

    def _due_us(self, start: int, offset: Offset) -> int:
        match offset.unit:
            case Unit.CALENDAR_DAYS:
                return self._same_wall_time(start, offset)
            case Unit.BUSINESS_DAYS:
                return self._hours.after_days(self._hours.first_open(start), offset.days)
            case _:
                return self._hours.due_at(start, offset.open_us)

    def _due_paused_us(self, start: int, offset: Offset, runs: Sequence[Run]) -> int | None:
        match offset.unit:
            case _ if not runs:
                return self._due_us(start, offset)
            case Unit.CALENDAR_DAYS:
                return self._calendar_days_paused(start, offset, runs)
            case Unit.BUSINESS_DAYS:
                return after_business_days(self._hours, start, offset.days, runs)
            case _:
                return after_open_time(self._hours, start, offset.open_us, runs)

    def _calendar_days_paused(self, start: int, offset: Offset, runs: Sequence[Run]) -> int | None:
        begun = first_unpaused(start, runs)
        if begun is None:
            return None
        try:
            due = self._same_wall_time(begun, offset)
            pushed = pushed_by_wall_time(self._hours.local, begun, due, runs)
            from_us(pushed or 0)
        except OverflowError:
            raise _outside_time(offset) from None
        return pushed

    def _same_wall_time(self, start: int, offset: Offset) -> int:
        """Count dates. Needs the zone only, so it goes on where the calendar has ended."""
        if not offset.days:
            return start  # even the second of two equal readings
        local = self._hours.local
        try:
            due = local.instant(local.reading(start) + offset.days * DAY)
            from_us(due)
        except OverflowError:
            raise _outside_time(offset) from None
        return due


def _outside_time(offset: Offset) -> ValueError:
    return ValueError(f"{offset} from that start lead outside the years 1 to 9999")

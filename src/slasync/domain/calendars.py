"""When something is due: deadlines in calendar days, business days, hours or minutes.

The arithmetic is in `open_hours`, wall clocks are in `local_time`, the words in `calendar_words`.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from slasync.domain.calendar_spec import CalendarSpec, CoverageEnded, Interval, Offset, Unit
from slasync.domain.calendar_words import told
from slasync.domain.local_time import DAY, from_us, to_us
from slasync.domain.open_hours import OpenHours

__all__ = ["Calendar", "CalendarSpec", "CoverageEnded", "Interval", "Offset", "Unit"]


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
    def name(self) -> str:
        return self.spec.name

    @property
    def ends(self) -> date:
        """The last local date the calendar knows."""
        return self.spec.last

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

    def is_open(self, at: datetime) -> bool:
        return self._hours.is_open(to_us(at))

    def covers(self, at: datetime) -> bool:
        """Tell whether the calendar was written for the local date of `at`."""
        return self._hours.begins <= to_us(at) < self._hours.ends

    def explain(self, start: datetime, offset: Offset) -> tuple[str, ...]:
        """Tell the arithmetic of `due` in words: zone, days skipped and why, due instant."""
        since = to_us(start)
        return told(self._hours, since, offset, self._due_us(since, offset))

    def _due_us(self, start: int, offset: Offset) -> int:
        match offset.unit:
            case Unit.CALENDAR_DAYS:
                return self._same_wall_time(start, offset)
            case Unit.BUSINESS_DAYS:
                return self._hours.after_days(self._hours.first_open(start), offset.days)
            case _:
                return self._hours.due_at(start, offset.open_us)

    def _same_wall_time(self, start: int, offset: Offset) -> int:
        """Count dates. Needs the zone only, so it goes on where the calendar has ended."""
        if not offset.days:
            return start  # even the second of two equal readings
        local = self._hours.local
        try:
            due = local.instant(local.reading(start) + offset.days * DAY)
            from_us(due)
        except OverflowError:
            raise ValueError(f"{offset} from that start lead outside the years 1 to 9999") from None
        return due

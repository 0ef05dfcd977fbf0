"""When a simulated person works, in the local time of a zone.

Written apart from slasync's own calendars on purpose, and simpler: nothing here needs the minute.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = frozenset(range(5))  # Monday to Friday
LONGEST_REST = 400  # days; somebody who is away for longer does not come back


@dataclass(frozen=True, slots=True)
class Hours:
    """Days of the week, hours of the day, and the dates on which nobody works."""

    zone: ZoneInfo
    opens: time = time(9)
    closes: time = time(17)
    weekdays: frozenset[int] = WEEK
    holidays: frozenset[date] = frozenset()

    def working(self, at: datetime) -> bool:
        """Tell whether the person works at that instant."""
        return self.next_open(at) == at.astimezone(UTC)

    def next_open(self, at: datetime) -> datetime:
        """Return `at`, or the next instant at which work begins (UTC)."""
        day = at.astimezone(self.zone).date()
        for _ in range(LONGEST_REST):
            begins, ends = self._span(day)
            if begins < ends and at < ends:
                return max(begins, at.astimezone(UTC))
            day += timedelta(days=1)
        return datetime.max.replace(tzinfo=UTC) - timedelta(days=1)

    def after(self, at: datetime, work: timedelta) -> datetime:
        """Return the instant by which that much working time has passed since `at` (UTC)."""
        at = self.next_open(at)
        while (left := self._span(at.astimezone(self.zone).date())[1] - at) < work:
            work -= left
            at = self.next_open(at + left)
        return at + work

    def _span(self, day: date) -> tuple[datetime, datetime]:
        """Return when work begins and ends on a date; the same instant when there is none."""
        begins = datetime.combine(day, self.opens, self.zone).astimezone(UTC)
        if day.weekday() not in self.weekdays or day in self.holidays:
            return begins, begins
        return begins, datetime.combine(day, self.closes, self.zone).astimezone(UTC)

"""Functions of SOQL that take a part of a date or an instant: CALENDAR_MONTH(CreatedDate).

The parts of an instant are those of UTC, or of the user's zone with convertTimezone(CreatedDate).
The fiscal year is the calendar's.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from slasync.sandbox.salesforce import times

Part = Callable[[datetime], int | str]


def _day_of_year(at: datetime) -> int:
    return at.timetuple().tm_yday


def _quarter(at: datetime) -> int:
    return (at.month + 2) // 3


PARTS: dict[str, Part] = {
    "calendar_month": lambda at: at.month,
    "calendar_quarter": _quarter,
    "calendar_year": lambda at: at.year,
    "day_in_month": lambda at: at.day,
    "day_in_week": lambda at: at.isoweekday() % 7 + 1,  # 1 is Sunday
    "day_in_year": _day_of_year,
    "day_only": lambda at: at.date().isoformat(),
    "fiscal_month": lambda at: at.month,
    "fiscal_quarter": _quarter,
    "fiscal_year": lambda at: at.year,
    "hour_in_day": lambda at: at.hour,
    "week_in_month": lambda at: (at.day - 1) // 7 + 1,
    "week_in_year": lambda at: (_day_of_year(at) - 1) // 7 + 1,
}
OF_INSTANTS = {"day_only", "hour_in_day"}  # dates have neither


def part_of(function: str, zone: ZoneInfo | None) -> Callable[[str], int | str]:
    """Return what reads the part from a value on the wire; `zone`: None is UTC."""
    part = PARTS[function]

    def read(value: str) -> int | str:
        if "T" in value:
            return part(times.instant(value).astimezone(zone or UTC))
        return part(datetime.combine(date.fromisoformat(value), datetime.min.time(), UTC))

    return read

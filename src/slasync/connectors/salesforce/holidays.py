"""Salesforce's holidays as dates: single ones, and the seven ways in which one recurs."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from slasync.domain.time.calendar_offer import DayOff
from slasync.domain.time.calendar_spec import MINUTES_A_DAY, Interval

HOLIDAY_FIELDS = (
    "Name", "IsAllDay", "ActivityDate", "StartTimeInMinutes", "EndTimeInMinutes", "IsRecurrence",
    "RecurrenceStartDate", "RecurrenceEndDateOnly", "RecurrenceType", "RecurrenceInterval",
    "RecurrenceDayOfWeekMask", "RecurrenceDayOfMonth", "RecurrenceInstance",
    "RecurrenceMonthOfYear",
)  # fmt: skip
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")  # fmt: skip
PLACES = {"First": 0, "Second": 1, "Third": 2, "Fourth": 3, "Last": -1}
WEEK, SATURDAY = 7, 5
DAY = timedelta(days=1)
Row = Mapping[str, Any]


class UnknownRecurrence(ValueError):
    """A holiday recurs in a way that is not known."""


def days_off(row: Row, first: date, last: date) -> Iterator[DayOff]:
    """Yield the dates of a holiday in [first, last]. Raises UnknownRecurrence, ValueError."""
    closed = None if row["IsAllDay"] else _part(row)
    for on in _dates(row, first, last):
        yield DayOff(on, str(row["Name"]), closed)


def _part(row: Row) -> Interval | None:
    begins, ends = row["StartTimeInMinutes"], row["EndTimeInMinutes"]
    if begins is None or ends is None:
        return None
    return Interval(int(begins), min(int(ends), MINUTES_A_DAY))


def _dates(row: Row, first: date, last: date) -> Iterator[date]:
    if not row["IsRecurrence"]:
        on = date.fromisoformat(str(row["ActivityDate"])[:10])
        if first <= on <= last:
            yield on
        return
    start = date.fromisoformat(str(row["RecurrenceStartDate"] or row["ActivityDate"])[:10])
    falls = WAYS.get(str(row["RecurrenceType"]))
    if falls is None:
        raise UnknownRecurrence(str(row["RecurrenceType"]))
    until = row["RecurrenceEndDateOnly"]
    end = min(last, date.fromisoformat(str(until)[:10])) if until else last
    on = max(first, start)
    while on <= end:
        if falls(row, start, on):
            yield on
        on += DAY


def _interval(row: Row) -> int:
    return max(int(row["RecurrenceInterval"] or 1), 1)


def _daily(row: Row, start: date, on: date) -> bool:
    return (on - start).days % _interval(row) == 0


def _every_weekday(_: Row, __: date, on: date) -> bool:
    return on.weekday() < SATURDAY


def _weekly(row: Row, start: date, on: date) -> bool:
    weeks = (_sunday(on) - _sunday(start)).days // WEEK
    return _in_mask(row, on) and weeks % _interval(row) == 0


def _monthly(row: Row, start: date, on: date) -> bool:
    return on.day == int(row["RecurrenceDayOfMonth"]) and _months(start, on) % _interval(row) == 0


def _monthly_nth(row: Row, start: date, on: date) -> bool:
    return _is_nth(row, on) and _months(start, on) % _interval(row) == 0


def _yearly(row: Row, _: date, on: date) -> bool:
    return on.day == int(row["RecurrenceDayOfMonth"]) and _in_month(row, on)


def _yearly_nth(row: Row, _: date, on: date) -> bool:
    return _in_month(row, on) and _is_nth(row, on)


WAYS: Mapping[str, Callable[[Row, date, date], bool]] = {
    "RecursDaily": _daily, "RecursEveryWeekday": _every_weekday, "RecursWeekly": _weekly,
    "RecursMonthly": _monthly, "RecursMonthlyNth": _monthly_nth, "RecursYearly": _yearly,
    "RecursYearlyNth": _yearly_nth,
}  # fmt: skip


def _in_mask(row: Row, on: date) -> bool:
    """Tell whether a weekday is meant: Sunday is 1, Monday 2, Saturday 64."""
    return bool(int(row["RecurrenceDayOfWeekMask"] or 0) & 1 << (on.weekday() + 1) % WEEK)


def _is_nth(row: Row, on: date) -> bool:
    """Tell whether a date is the first, ..., last of its month among the weekdays meant."""
    days = [on.replace(day=1)]
    while (days[-1] + DAY).month == on.month:
        days.append(days[-1] + DAY)
    meant = [day for day in days if _in_mask(row, day)]
    place = PLACES[str(row["RecurrenceInstance"])]
    return place < len(meant) and bool(meant) and meant[place] == on


def _in_month(row: Row, on: date) -> bool:
    return str(row["RecurrenceMonthOfYear"]) == MONTHS[on.month - 1]


def _months(start: date, on: date) -> int:
    return (on.year - start.year) * 12 + on.month - start.month


def _sunday(on: date) -> date:
    return on - timedelta(days=(on.weekday() + 1) % WEEK)

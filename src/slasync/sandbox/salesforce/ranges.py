"""Date literals of SOQL (TODAY, LAST_N_DAYS:7, ...) as half-open ranges of local dates."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Days = tuple[date, date]  # [first, one after the last)


def days(name: str, n: int, today: date) -> Days:  # noqa: PLR0911 - one a family of literals
    """Return the range that a date literal stands for. Weeks begin on Sunday."""
    name = name.replace("FISCAL_", "")  # the fiscal year is the calendar's
    fixed = {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}
    if name in fixed:
        first = today + timedelta(days=fixed[name])
        return first, first + timedelta(days=1)
    if name.endswith("_90_DAYS"):
        name, n = name.replace("90", "N"), 90
    if name.endswith("_AGO"):
        return _unit(name.split("_")[1].rstrip("S"), today, -n, 1)
    direction, _, unit = name.rpartition("_")
    match direction:
        case "LAST_N" if unit == "DAYS":
            return today - timedelta(days=n), today + timedelta(days=1)
        case "NEXT_N" if unit == "DAYS":
            return today + timedelta(days=1), today + timedelta(days=n + 1)
        case "LAST_N":
            return _unit(unit.rstrip("S"), today, -n, n)
        case "NEXT_N":
            return _unit(unit.rstrip("S"), today, 1, n)
    return _unit(unit, today, {"LAST": -1, "THIS": 0, "NEXT": 1}[direction], 1)


def _unit(unit: str, today: date, offset: int, length: int) -> Days:
    """Return `length` units, beginning `offset` units after the one that holds `today`."""
    if unit in {"DAY", "WEEK"}:
        step = 7 if unit == "WEEK" else 1
        start = today - timedelta(days=(today.weekday() + 1) % 7 if unit == "WEEK" else 0)
        first = start + timedelta(days=step * offset)
        return first, first + timedelta(days=step * length)
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    start_month = (today.year * 12 + today.month - 1) // months * months
    return _month(start_month + months * offset), _month(start_month + months * (offset + length))


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def instants(range_: Days, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a range of local dates begins and ends, in UTC."""
    first, end = (datetime.combine(d, time(), zone).astimezone(UTC) for d in range_)
    return first, end

"""The organisation's business hours and holidays, offered as calendars."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from slasync.connectors.http import Lane
from slasync.connectors.salesforce.holidays import HOLIDAY_FIELDS, days_off
from slasync.connectors.salesforce.read import queries, rows_of
from slasync.connectors.salesforce.streams import BROKEN_ROW
from slasync.connectors.salesforce.transport import Transport
from slasync.domain.time.calendar_offer import DayOff, OfferedCalendar, with_days_off
from slasync.domain.time.calendar_spec import Interval
from slasync.domain.time.local_time import zone_named
from slasync.errors import Refused

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS_FIELDS = ("Name", "IsActive", "IsDefault", "TimeZoneSidKey",
                *(f"{day}{end}Time" for day in DAYS for end in ("Start", "End")))  # fmt: skip
BUSINESS_HOURS = (
    f"SELECT {','.join(HOURS_FIELDS)} FROM BusinessHours WHERE IsActive = true"  # noqa: S608 - own names
    " ORDER BY IsDefault DESC, Name"
)
HOLIDAYS = f"SELECT {','.join(HOLIDAY_FIELDS)} FROM Holiday"  # noqa: S608 - own names
MIDNIGHT = "00:00"
APART = (
    "Salesforce does not tell which hours a holiday belongs to: all are listed, take out those"
    " that are none here"
)


def offered(transport: Transport, first: date, last: date) -> list[OfferedCalendar]:
    """Read active business hours, the default first, with the holidays of [first, last].

    Raises TryLater, Stopped, or Refused where business hours may not be read.
    """
    told = queries(transport, Lane.READ, [BUSINESS_HOURS, HOLIDAYS])
    days, remarks = _holidays(told[1], first, last)
    hours = rows_of(told[0])
    names = _names([str(row["Name"]) for row in hours])
    pairs = zip(names, hours, strict=True)
    return [_calendar(name, row, days, remarks) for name, row in pairs]


def _holidays(
    told: Mapping[str, Any], first: date, last: date
) -> tuple[list[DayOff], Sequence[str]]:
    """Return days off and remarks; a holiday that cannot be read is told and left out."""
    try:
        rows = rows_of(told)
    except Refused as error:
        return [], (f"holidays cannot be read: {error}",)
    days: list[DayOff] = []
    remarks = [APART] if rows else []
    for row in rows:
        try:
            days += days_off(row, first, last)
        except BROKEN_ROW as error:
            remarks.append(
                f"holiday {row.get('Name')!r} is left out: {type(error).__name__} {error}"
            )
    return days, remarks


def _calendar(
    name: str, row: Mapping[str, Any], days: Sequence[DayOff], remarks: Sequence[str]
) -> OfferedCalendar:
    week = dict(_week(row))
    holidays, overrides = with_days_off(week, days)
    return OfferedCalendar(
        name=name,
        zone=str(row["TimeZoneSidKey"]),
        week=week,
        holidays=holidays,
        overrides=overrides,
        remarks=(f"Salesforce: {row['Name']}", *_zone_remark(row), *remarks),
    )


def _week(row: Mapping[str, Any]) -> Iterator[tuple[int, Sequence[Interval]]]:
    """Yield the days that are open: midnight to midnight is a whole day, two nulls a closed one."""
    for number, day in enumerate(DAYS):
        opens, closes = row[f"{day}StartTime"], row[f"{day}EndTime"]
        if opens is None or closes is None:
            continue
        end = "24:00" if closes[:5] == MIDNIGHT else closes[:5]
        yield number, (Interval.at(opens[:5], end),)


def _zone_remark(row: Mapping[str, Any]) -> Iterator[str]:
    try:
        zone_named(str(row["TimeZoneSidKey"]))
    except ValueError as error:
        yield f"the zone does not fit: {error}"


def _names(names: Sequence[str]) -> list[str]:
    """Make names for calendars.yaml, each once."""
    made: list[str] = []
    for name in names:
        ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        plain = re.sub(r"[^a-z0-9]+", "_", ascii_only.lower()).strip("_")[:50] or "hours"
        plain = plain if plain[0].isalpha() else f"hours_{plain}"
        same = sum(each == plain or each.startswith(f"{plain}_") for each in made)
        made.append(f"{plain}_{same + 1}" if plain in made else plain)
    return made

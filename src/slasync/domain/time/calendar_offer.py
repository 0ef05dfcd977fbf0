"""Calendars that a system offers: its opening hours and holidays, for a person to take over."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from slasync.domain.time.calendar_spec import MINUTES_A_DAY, Interval


@dataclass(frozen=True, slots=True)
class DayOff:
    """A holiday on one date; `closed` is the part of the day, None for all of it."""

    on: date
    name: str
    closed: Interval | None = None


@dataclass(frozen=True, slots=True)
class OfferedCalendar:
    """One calendar as calendars.yaml would have it. `week`: Monday is 0; a day left out is closed.

    `remarks` are what a person should look at before he takes it over.
    """

    name: str
    zone: str
    week: Mapping[int, Sequence[Interval]]
    holidays: Mapping[date, str] = field(default_factory=dict)
    overrides: Mapping[date, Sequence[Interval]] = field(default_factory=dict)
    remarks: Sequence[str] = ()


def with_days_off(
    week: Mapping[int, Sequence[Interval]], days: Iterable[DayOff]
) -> tuple[dict[date, str], dict[date, Sequence[Interval]]]:
    """Return holidays and overrides: a part of a day off leaves the hours before and after it."""
    whole: dict[date, str] = {}
    parts: dict[date, Sequence[Interval]] = {}
    for day in sorted(days, key=lambda day: (day.on, day.name)):
        if day.closed is None:
            known = whole.get(day.on)
            whole[day.on] = day.name if known in {None, day.name} else f"{known}, {day.name}"
        else:
            open_then = parts.get(day.on, week.get(day.on.weekday(), ()))
            parts[day.on] = tuple(_without(open_then, day.closed))
    return whole, {on: hours for on, hours in parts.items() if on not in whole}


def _without(hours: Iterable[Interval], closed: Interval) -> Iterable[Interval]:
    """Yield what is left of hours outside of `closed`."""
    for each in hours:
        if each.opens < closed.opens:
            yield Interval(each.opens, min(each.closes, closed.opens))
        if each.closes > closed.closes:
            yield Interval(max(each.opens, closed.closes), each.closes)


def spoken(interval: Interval) -> str:
    """Write 09:00-17:00; an end at midnight is 24:00, a later one the next day's time."""
    closes = interval.closes
    end = closes if closes <= MINUTES_A_DAY else closes - MINUTES_A_DAY
    return f"{_time(interval.opens)}-{_time(end)}"


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"

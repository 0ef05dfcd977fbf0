"""A deadline's arithmetic in words, line by line, so that nobody can argue with the clock."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, timedelta
from itertools import groupby, pairwise

from slasync.domain.calendar_spec import Offset, Unit
from slasync.domain.local_time import DAY, HOUR, MINUTE, SECOND, day_of, from_us, midnight
from slasync.domain.open_hours import OpenHours

_A_DAY = timedelta(days=1)


def told(hours: OpenHours, start: int, offset: Offset, due: int) -> tuple[str, ...]:
    """Return the lines that lead from `start` to `due`, both in microseconds since 1970."""
    spec = hours.spec
    return (
        f"calendar {spec.name}, zone {spec.zone}, covers {spec.first} to {spec.last}",
        f"start: {moment(hours, start)}",
        *_steps(hours, start, offset, due),
        *_clock_changes(hours, start, due),
        f"due after {offset}: {moment(hours, due)} = {utc(due)}",
    )


def moment(hours: OpenHours, instant: int) -> str:
    """Write an instant as the calendar's wall clock shows it, with offset and zone."""
    at = hours.local.at(instant)
    return f"{at:%a} {at.isoformat(' ', 'minutes' if instant % MINUTE == 0 else 'auto')} {at:%Z}"


def utc(instant: int) -> str:
    """Write an instant in UTC, ISO 8601."""
    return from_us(instant).astimezone(UTC).isoformat().replace("+00:00", "Z")


def duration(span: int) -> str:
    """Write a span of microseconds: "7 h 30 min"."""
    hours, rest = divmod(span, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    parts = [(hours, "h"), (minutes, "min"), (rest / SECOND, "s")]
    return " ".join(f"{count:.8g} {unit}" for count, unit in parts if count) or "0 min"


def _steps(hours: OpenHours, start: int, offset: Offset, due: int) -> Iterator[str]:
    if offset.unit == Unit.CALENDAR_DAYS:
        yield from _calendar_days(hours, start, offset, due)
        return
    opened = hours.first_open(start)
    yield (
        "open at that time"
        if opened == start
        else f"closed at that time, first open instant: {moment(hours, opened)}"
    )
    if offset.unit == Unit.BUSINESS_DAYS:
        yield from _runs(_skipped(hours, start, opened))
        yield from _business_days(hours, opened, offset, due)
    else:
        yield from _runs(_open_time(hours, start, due))


def _calendar_days(hours: OpenHours, start: int, offset: Offset, due: int) -> Iterator[str]:
    wall = hours.local.reading(start) + offset.days * DAY
    if not offset.days:
        yield "no days to count: the start itself"
    elif hours.local.reading(due) != wall:
        yield f"{offset} on, {_time(wall)} is skipped by the clock: the end of the gap"
    elif hours.local.shown_twice(wall):
        yield f"{offset} on, {_time(wall)} is shown twice: the first"
    else:
        yield f"{offset} on, the same wall time, {_time(wall)}; open hours do not matter"


def _business_days(hours: OpenHours, opened: int, offset: Offset, due: int) -> Iterator[str]:
    day = hours.day_at(opened)
    last = hours.days[hours.days.index(day) + offset.days]
    yield from _runs(
        (d, "a business day" if d in hours.days else f"skipped, {_why(hours, d)}")
        for d in _dates(day + _A_DAY, last)
    )
    wall = hours.local.reading(opened) - midnight(day) + midnight(last)
    if offset.days and hours.local.reading(due) != wall:
        at = f"{_day(day_of(wall))} {_time(wall)}"
        yield f"{at} is closed or skipped by the clock: the next open instant"


def _skipped(hours: OpenHours, start: int, opened: int) -> Iterator[tuple[date, str]]:
    """Yield the days without hours that lie between the start and the first open instant."""
    first, last = (day_of(hours.local.reading(at)) for at in (start, opened))
    for day in _dates(first, last):
        if day not in hours.days:
            yield day, f"skipped, {_why(hours, day)}"


def _open_time(hours: OpenHours, start: int, due: int) -> Iterator[tuple[date, str]]:
    """Yield what each date between start and due gives in open time, or why it gives none."""
    first, last = (day_of(hours.local.reading(at)) for at in (start, due - 1))
    for day in _dates(first, last):
        begins = max(start, hours.local.instant(midnight(day)))
        ends = min(due, hours.local.instant(midnight(day) + DAY))
        opened = hours.passed(ends) - hours.passed(begins)
        if opened:
            shift = "" if day in hours.days else ", of the shift begun the day before"
            yield day, f"{duration(opened)} of open time{shift}"
        elif day not in hours.days:
            yield day, f"skipped, {_why(hours, day)}"
        elif day != last:
            yield day, "closed for the rest of the day"


def _why(hours: OpenHours, day: date) -> str:
    """Say why `day` has no open hours."""
    if hours.spec.intervals(day):
        return "the clock skips its hours"
    return hours.spec.why_closed(day)


def _runs(days: Iterable[tuple[date, str]]) -> Iterator[str]:
    """Write one line for each run of days with the same text."""
    for text, run in groupby(days, key=lambda entry: entry[1]):
        dates = [day for day, _ in run]
        yield (
            f"{_day(dates[0])}: {text}"
            if len(dates) == 1
            else (f"{_day(dates[0])} to {_day(dates[-1])}, each: {text}")
        )


def _clock_changes(hours: OpenHours, start: int, due: int) -> Iterator[str]:
    for old, new in pairwise(hours.stretches):
        if start < new.begins <= due:
            way = "forward" if new.offset > old.offset else "back"
            shown = old.ends + old.offset
            yield (
                f"{_day(day_of(shown))}: at {_time(shown)} the clock goes {way}"
                f" {duration(abs(new.offset - old.offset))}"
            )


def _dates(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)


def _day(day: date) -> str:
    return f"{day:%a} {day}"


def _time(reading: int) -> str:
    at = from_us(reading)
    return at.time().isoformat("minutes" if reading % MINUTE == 0 else "auto")

"""A deadline's arithmetic in words, line by line, so that nobody can argue with the clock."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, timedelta
from itertools import groupby, pairwise

from slasync.domain.time.calendar_spec import Offset, Unit
from slasync.domain.time.local_time import DAY, HOUR, MINUTE, SECOND, day_of, from_us, midnight
from slasync.domain.time.open_hours import OpenHours
from slasync.domain.time.pauses import Run, first_counted, first_unpaused, paused_open_time

_A_DAY = timedelta(days=1)


def told(
    hours: OpenHours, start: int, offset: Offset, due: int | None, runs: Sequence[Run] = ()
) -> tuple[str, ...]:
    """Return the lines that lead from `start` to `due`, both in microseconds since 1970.

    `due` is None while a pause leaves it unknown; `runs` are the pauses.
    """
    spec = hours.spec
    met = [run for run in runs if _meets(run, start, due)]
    return (
        f"calendar {spec.name}, zone {spec.zone}, covers {spec.first} to {spec.last}",
        f"start: {moment(hours, start)}",
        *(_pause(hours, start, offset, run) for run in met),
        *(() if due is None else _arithmetic(hours, start, offset, due, met)),
        f"due after {offset}: "
        + (
            "not known before the pause ends"
            if due is None
            else f"{moment(hours, due)} = {utc(due)}"
        ),
    )


def _arithmetic(
    hours: OpenHours, start: int, offset: Offset, due: int, runs: Sequence[Run]
) -> Iterator[str]:
    if runs:
        yield from _steps_paused(hours, start, offset, due, runs)
    else:
        yield from _steps(hours, start, offset, due)
    yield from _clock_changes(hours, start, due)


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


def _meets(run: Run, start: int, due: int | None) -> bool:
    """Tell whether a pause has to do with the way from start to due."""
    begins, ends = run
    return (ends is None or ends > start) and (due is None or begins < due)


def _pause(hours: OpenHours, start: int, offset: Offset, run: Run) -> str:
    begins, ends = run
    if ends is None:
        return f"paused since {moment(hours, begins)}, with no end so far"
    span = f"paused from {moment(hours, begins)} to {moment(hours, ends)}"
    if offset.unit == Unit.CALENDAR_DAYS:
        return f"{span}: {duration(_went_on(hours, [run]))}"
    opened = hours.passed(ends) - hours.passed(max(begins, start))
    return f"{span}: {duration(opened)} of open time"


def _steps_paused(
    hours: OpenHours, start: int, offset: Offset, due: int, runs: Sequence[Run]
) -> Iterator[str]:
    days = offset.unit == Unit.CALENDAR_DAYS
    counted = first_unpaused(start, runs) if days else first_counted(hours, start, runs)
    begun = due if counted is None else counted
    if begun != start:
        yield f"closed or paused at that time, first instant that counts: {moment(hours, begun)}"
    if not offset.unit.counts_days:
        yield from _runs(_open_time(hours, start, due, runs))
        return
    unpaused = _unpaused(hours, begun, offset)
    yield from (_calendar_days if days else _business_days)(hours, begun, offset, unpaused)
    if unpaused != due:
        after = [run for run in runs if run[0] > begun]
        put_off = _went_on(hours, after) if days else paused_open_time(hours, begun, due, after)
        of = "" if days else " of open time"
        yield f"{moment(hours, unpaused)}, put off by {duration(put_off)}{of} paused since"


def _went_on(hours: OpenHours, runs: Iterable[Run]) -> int:
    """Return how far the wall clock went on during pauses that have ended."""
    reading = hours.local.reading
    return sum(max(reading(ends) - reading(begins), 0) for begins, ends in runs if ends is not None)


def _unpaused(hours: OpenHours, begun: int, offset: Offset) -> int:
    """Return the deadline in days as it would be without pauses after `begun`."""
    if offset.unit == Unit.BUSINESS_DAYS:
        return hours.after_days(begun, offset.days)
    wall = hours.local.reading(begun) + offset.days * DAY
    return hours.local.instant(wall) if offset.days else begun


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


def _open_time(
    hours: OpenHours, start: int, due: int, runs: Sequence[Run] = ()
) -> Iterator[tuple[date, str]]:
    """Yield what each date between start and due gives in open time, or why it gives none."""
    first, last = (day_of(hours.local.reading(at)) for at in (start, due - 1))
    for day in _dates(first, last):
        begins = max(start, hours.local.instant(midnight(day)))
        ends = min(due, hours.local.instant(midnight(day) + DAY))
        paused = paused_open_time(hours, begins, ends, runs)
        opened = hours.passed(ends) - hours.passed(begins) - paused
        if paused and not opened:
            yield day, f"paused, {duration(paused)} of open time do not count"
        elif opened:
            shift = "" if day in hours.days else ", of the shift begun the day before"
            more = f", {duration(paused)} more paused" if paused else ""
            yield day, f"{duration(opened)} of open time{shift}{more}"
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

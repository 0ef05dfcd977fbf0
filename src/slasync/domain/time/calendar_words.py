"""A deadline's arithmetic in words, line by line, so that nobody can argue with the clock."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise

from slasync.domain.languages import Language
from slasync.domain.time.calendar_spec import Offset, Unit
from slasync.domain.time.calendar_speech import Speech, time_of, utc
from slasync.domain.time.local_time import DAY, day_of, midnight
from slasync.domain.time.open_hours import OpenHours
from slasync.domain.time.pauses import Run, first_counted, first_unpaused, paused_open_time

_A_DAY = timedelta(days=1)


def told(  # noqa: PLR0913, PLR0917 - all that a deadline is worked out from
    hours: OpenHours,
    start: int,
    offset: Offset,
    due: int | None,
    runs: Sequence[Run] = (),
    language: Language = Language.EN,
) -> tuple[str, ...]:
    """Return the lines that lead from `start` to `due`, both in microseconds since 1970.

    `due` is None while a pause leaves it unknown; `runs` are the pauses.
    """
    spec, speech = hours.spec, Speech(language, hours)
    met = [run for run in runs if _meets(run, start, due)]
    return (
        speech.say(
            "covers",
            name=spec.name,
            zone=spec.zone,
            first=speech.date_of(spec.first),
            last=speech.date_of(spec.last),
        ),
        speech.say("start", at=speech.moment(start)),
        *(_pause(speech, start, offset, run) for run in met),
        *(() if due is None else _arithmetic(speech, start, offset, due, met)),
        due_line(speech, offset, due),
    )


def due_line(speech: Speech, offset: Offset, due: int | None) -> str:
    """Tell when it is due, or that nobody knows while a pause lasts."""
    after = speech.offset(offset)
    if due is None:
        return speech.say("due_not_known", after=after)
    return speech.say("due", after=after, at=speech.moment(due), utc=utc(due))


def _arithmetic(
    speech: Speech, start: int, offset: Offset, due: int, runs: Sequence[Run]
) -> Iterator[str]:
    if runs:
        yield from _steps_paused(speech, start, offset, due, runs)
    else:
        yield from _steps(speech, start, offset, due)
    yield from _clock_changes(speech, start, due)


def _steps(speech: Speech, start: int, offset: Offset, due: int) -> Iterator[str]:
    if offset.unit == Unit.CALENDAR_DAYS:
        yield from _calendar_days(speech, start, offset, due)
        return
    opened = speech.hours.first_open(start)
    yield speech.say("open" if opened == start else "closed", at=speech.moment(opened))
    if offset.unit == Unit.BUSINESS_DAYS:
        yield from _runs(speech, _skipped(speech, start, opened))
        yield from _business_days(speech, opened, offset, due)
    else:
        yield from _runs(speech, _open_time(speech, start, due))


def _meets(run: Run, start: int, due: int | None) -> bool:
    """Tell whether a pause has to do with the way from start to due."""
    begins, ends = run
    return (ends is None or ends > start) and (due is None or begins < due)


def _pause(speech: Speech, start: int, offset: Offset, run: Run) -> str:
    begins, ends = run
    hours, since = speech.hours, speech.moment(begins)
    if ends is None:
        return speech.say("paused_since", begins=since)
    if offset.unit == Unit.CALENDAR_DAYS:
        key, span = "paused", _went_on(hours, [run])
    else:
        key, span = "paused_open", hours.passed(ends) - hours.passed(max(begins, start))
    return speech.say(key, begins=since, ends=speech.moment(ends), span=speech.duration(span))


def _steps_paused(
    speech: Speech, start: int, offset: Offset, due: int, runs: Sequence[Run]
) -> Iterator[str]:
    hours, days = speech.hours, offset.unit == Unit.CALENDAR_DAYS
    counted = first_unpaused(start, runs) if days else first_counted(hours, start, runs)
    begun = due if counted is None else counted
    if begun != start:
        yield speech.say("closed_or_paused", at=speech.moment(begun))
    if not offset.unit.counts_days:
        yield from _runs(speech, _open_time(speech, start, due, runs))
        return
    unpaused = _unpaused(hours, begun, offset)
    yield from (_calendar_days if days else _business_days)(speech, begun, offset, unpaused)
    if unpaused != due:
        after = [run for run in runs if run[0] > begun]
        put_off = _went_on(hours, after) if days else paused_open_time(hours, begun, due, after)
        key, span = "put_off" if days else "put_off_open", speech.duration(put_off)
        yield speech.say(key, at=speech.moment(unpaused), span=span)


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


def _calendar_days(speech: Speech, start: int, offset: Offset, due: int) -> Iterator[str]:
    local = speech.hours.local
    wall = local.reading(start) + offset.days * DAY
    if not offset.days:
        yield speech.say("no_days")
        return
    key = "same_time"
    if local.reading(due) != wall:
        key = "time_skipped"
    elif local.shown_twice(wall):
        key = "time_twice"
    yield speech.say(key, after=speech.offset(offset), time=time_of(wall))


def _business_days(speech: Speech, opened: int, offset: Offset, due: int) -> Iterator[str]:
    hours = speech.hours
    day = hours.day_at(opened)
    last = hours.days[hours.days.index(day) + offset.days]
    yield from _runs(speech, (
        (d, speech.say("business_day") if d in hours.days else _closed(speech, d))
        for d in _dates(day + _A_DAY, last)
    ))  # fmt: skip
    wall = hours.local.reading(opened) - midnight(day) + midnight(last)
    if offset.days and hours.local.reading(due) != wall:
        yield speech.say("next_open", day=speech.day(day_of(wall)), time=time_of(wall))


def _skipped(speech: Speech, start: int, opened: int) -> Iterator[tuple[date, str]]:
    """Yield the days without hours that lie between the start and the first open instant."""
    hours = speech.hours
    first, last = (day_of(hours.local.reading(at)) for at in (start, opened))
    for day in _dates(first, last):
        if day not in hours.days:
            yield day, _closed(speech, day)


def _open_time(
    speech: Speech, start: int, due: int, runs: Sequence[Run] = ()
) -> Iterator[tuple[date, str]]:
    """Yield what each date between start and due gives in open time, or why it gives none."""
    hours = speech.hours
    first, last = (day_of(hours.local.reading(at)) for at in (start, due - 1))
    for day in _dates(first, last):
        begins = max(start, hours.local.instant(midnight(day)))
        ends = min(due, hours.local.instant(midnight(day) + DAY))
        paused = paused_open_time(hours, begins, ends, runs)
        opened = hours.passed(ends) - hours.passed(begins) - paused
        if paused and not opened:
            yield day, speech.say("all_paused", span=speech.duration(paused))
        elif opened:
            key = "gives" if day in hours.days else "gives_shift"
            given = speech.say(key, span=speech.duration(opened))
            more = speech.duration(paused)
            yield day, speech.say("more_paused", given=given, span=more) if paused else given
        elif day not in hours.days:
            yield day, _closed(speech, day)
        elif day != last:
            yield day, speech.say("rest_closed")


def _closed(speech: Speech, day: date) -> str:
    """Say that `day` is skipped, and why it has no open hours."""
    spec = speech.hours.spec
    if spec.intervals(day):
        return speech.say("skipped_hours")
    if day in spec.holidays:
        return speech.say("skipped_holiday", holiday=spec.holidays[day])
    if day in spec.overrides:
        return speech.say("skipped_override")
    weekend = day.weekday() in {5, 6}
    key = "skipped_weekend" if weekend else "skipped_weekday"
    return speech.say(key, weekday=speech.weekday(day))


def _runs(speech: Speech, days: Iterable[tuple[date, str]]) -> Iterator[str]:
    """Write one line for each run of days with the same text."""
    for text, run in groupby(days, key=lambda entry: entry[1]):
        dates = [day for day, _ in run]
        key = "day" if len(dates) == 1 else "days"
        yield speech.say(key, first=speech.day(dates[0]), last=speech.day(dates[-1]), what=text)


def _clock_changes(speech: Speech, start: int, due: int) -> Iterator[str]:
    for old, new in pairwise(speech.hours.stretches):
        if start < new.begins <= due:
            key = "clock_forward" if new.offset > old.offset else "clock_back"
            shown = old.ends + old.offset
            by = speech.duration(abs(new.offset - old.offset))
            yield speech.say(key, day=speech.day(day_of(shown)), time=time_of(shown), span=by)


def _dates(first: date, last: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)

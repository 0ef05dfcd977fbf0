"""A calendar that goes with the lead's owner: what counted so far stays counted, the rest is new.

Open time is added up, each part by the calendar in force. Days are counted by marks: the last time
that a day was full by the calendar of that time. From a change on another day is full whenever the
new calendar's wall clock shows the mark's time of day on a date with open hours (on any date for
calendar days); what was paused since the mark comes on top. After the last day it is due as soon as
whoever owns the lead by then works.

Inside, instants are microseconds since 1970 in UTC.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slasync.domain.languages import Language
from slasync.domain.time.calendar_spec import CoverageEnded, Offset, Unit
from slasync.domain.time.calendar_speech import Speech
from slasync.domain.time.calendar_words import due_line
from slasync.domain.time.calendars import Calendar
from slasync.domain.time.local_time import DAY, from_us, to_us
from slasync.domain.time.open_hours import OpenHours
from slasync.domain.time.pauses import (
    Pause,
    Run,
    after_open_time,
    first_counted,
    first_unpaused,
    paused_open_time,
    runs_of,
)


@dataclass(frozen=True, slots=True)
class Leg:
    """A calendar, and up to before when it counts; None: to the end."""

    calendar: Calendar
    until: datetime | None = None


class Relay(Calendar):
    """Several calendars, one after the other. Apart from deadlines and spans it is the last one."""

    __slots__ = ("_legs",)

    def __init__(self, legs: Sequence[Leg]) -> None:
        if not legs or legs[-1].until is not None or any(each.until is None for each in legs[:-1]):
            raise ValueError("of a relay's legs the last one alone has no end")
        self._legs = tuple(legs)
        self.spec, self._hours = legs[-1].calendar.spec, legs[-1].calendar.hours

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Relay) and self._legs == other._legs

    def __hash__(self) -> int:
        return hash(self._legs)

    def due(self, start: datetime, offset: Offset) -> datetime:
        due = self.due_paused(start, offset, ())
        if due is None:
            raise ValueError(f"{offset} after {start.isoformat()} is never due")
        return due

    def due_many(self, starts: Iterable[datetime], offset: Offset) -> list[datetime]:
        return [self.due(start, offset) for start in starts]

    def due_paused(
        self, start: datetime, offset: Offset, pauses: Iterable[Pause]
    ) -> datetime | None:
        runs = runs_of(pauses)
        *_, last = self._counted(to_us(start), offset, runs)
        return None if last.due is None else from_us(last.due)

    def due_at(self, epoch_us: int, open_us: int) -> int:
        offset = Offset(open_us / (60 * 1_000_000), Unit.BUSINESS_MINUTES)
        return to_us(self.due(from_us(epoch_us), offset))

    def elapsed(self, begins: datetime, ends: datetime, pauses: Iterable[Pause] = ()) -> timedelta:
        if ends < begins:
            return -self.elapsed(ends, begins, pauses)
        runs, passed = tuple(pauses), timedelta()
        for leg, since in zip(self._legs, [None, *(leg.until for leg in self._legs)], strict=False):
            at, until = max(begins, since or begins), min(ends, leg.until or ends)
            if at < until:
                passed += leg.calendar.elapsed(at, until, runs)
        return passed

    def open_between(self, begins: datetime, ends: datetime) -> timedelta:
        return self.elapsed(begins, ends)

    def explain(
        self,
        start: datetime,
        offset: Offset,
        pauses: Iterable[Pause] = (),
        language: Language = Language.EN,
    ) -> tuple[str, ...]:
        """Tell the arithmetic in words, calendar by calendar."""
        since, runs = to_us(start), runs_of(pauses)
        counted = list(self._counted(since, offset, runs))
        first, last = (Speech(language, each.hours) for each in (counted[0], counted[-1]))
        return (
            first.say("relay"),
            first.say("start", at=first.moment(since)),
            *(line for each in counted for line in each.told(offset, language)),
            due_line(last, offset, counted[-1].due),
        )

    def _counted(self, start: int, offset: Offset, runs: Sequence[Run]) -> "Iterator[_Counted]":
        """Yield what each leg counts, up to the one in which it is due, or never can be."""
        kinds = {Unit.CALENDAR_DAYS: _Dates, Unit.BUSINESS_DAYS: _Days}
        counting = kinds.get(offset.unit, _OpenTime)(start, offset, runs)
        for leg in self._legs:
            until = None if leg.until is None else to_us(leg.until)
            if until is not None and until <= start:
                continue
            counted = counting.leg(leg.calendar.hours, until)
            yield counted
            if counted.final:
                return


@dataclass(frozen=True, slots=True)
class _Counted:
    """What one leg came to. `final`: it is due in it, or nobody knows when."""

    hours: OpenHours
    until: int | None
    counted: int  # open time in microseconds, or days
    due: int | None = None
    final: bool = False

    def told(self, offset: Offset, language: Language) -> Iterator[str]:
        name, spec, speech = self.hours.spec.name, self.hours.spec, Speech(language, self.hours)
        if self.until is None or self.final:
            yield speech.say("relay_then", name=name, zone=spec.zone)
            return
        days = offset.unit.counts_days
        counted = str(self.counted) if days else speech.duration(self.counted)
        at, key = speech.moment(self.until), "relay_days" if days else "relay_until"
        yield speech.say(key, at=at, name=name, zone=spec.zone, counted=counted)


class _OpenTime:
    """Open time that is added up."""

    def __init__(self, start: int, offset: Offset, runs: Sequence[Run]) -> None:
        self._at, self._left, self._runs = start, offset.open_us, runs

    def leg(self, hours: OpenHours, until: int | None) -> _Counted:
        at, left, runs = self._at, self._left, self._runs
        if until is None:
            due = after_open_time(hours, at, left, runs)
            return _Counted(hours, until, left, due, final=True)
        if not left:
            first = first_counted(hours, at, runs)
            if first is None or first < until:
                return _Counted(hours, until, 0, first, final=True)
            self._at = until
            return _Counted(hours, until, 0)
        counted = hours.passed(until) - hours.passed(at) - paused_open_time(hours, at, until, runs)
        if left <= counted:
            return _Counted(hours, until, left, after_open_time(hours, at, left, runs), final=True)
        self._at, self._left = until, left - counted
        return _Counted(hours, until, counted)


class _Days:
    """Business days that are counted by marks."""

    def __init__(self, start: int, offset: Offset, runs: Sequence[Run]) -> None:
        self._at, self._left, self._runs = start, offset.days, runs
        self._mark: int | None = None
        self._carried = 0  # paused since the mark, before this leg

    def leg(self, hours: OpenHours, until: int | None) -> _Counted:
        if self._mark is None:
            first = self._first(hours)
            if first is None:
                return _Counted(hours, until, 0, None, final=True)
            if until is not None and first >= until:
                self._at = until
                return _Counted(hours, until, 0)
            self._mark = self._at = first
        if not self._left:
            return self._opens(hours, until)
        due = self._full(hours, self._mark, self._left, until)
        if until is None or (due is not None and due[1] <= until):
            return _Counted(hours, until, self._left, due and due[1], final=True)
        return self._go_on(hours, self._mark, until)

    def _go_on(self, hours: OpenHours, mark: int, until: int) -> _Counted:
        """Leave a leg: the last mark in it, and what was paused since, go along."""
        full, at, carried = 0, self._at, self._carried
        while full < self._left:
            due = self._full(hours, mark, full + 1, until)
            if due is None or due[0] > until:
                break
            full, carried = full + 1, 0
            self._mark, at = due
        self._carried = carried + self._paused(hours, at, until)
        self._at, self._left = until, self._left - full
        return _Counted(hours, until, full)

    def _opens(self, hours: OpenHours, until: int | None) -> _Counted:
        """No day is left: it is due when somebody works."""
        first = self._first(hours)
        if until is not None and first is not None and first >= until:
            self._at = until
            return _Counted(hours, until, 0)
        return _Counted(hours, until, 0, first, final=True)

    def _full(
        self, hours: OpenHours, mark: int, count: int, until: int | None
    ) -> tuple[int, int] | None:
        """Return the mark and the time of so many more full days.

        None: not known while a pause lasts, or later than the calendar knows, and so than `until`.
        """
        try:
            shown = self._shown(hours, mark, count)
            unpaused = self._opened(hours, shown)
            due = self._pushed(hours, unpaused)
        except CoverageEnded:
            if until is None:
                raise
            return None
        if due is None:
            return None
        return (shown if due == unpaused else due), due

    # what days are

    def _first(self, hours: OpenHours) -> int | None:
        return first_counted(hours, self._at, self._runs)

    def _shown(self, hours: OpenHours, mark: int, count: int) -> int:
        return hours.nth_day(mark, self._at, count)

    def _opened(self, hours: OpenHours, at: int) -> int:
        return hours.first_open(at)

    def _paused(self, hours: OpenHours, since: int, until: int) -> int:
        return paused_open_time(hours, since, until, self._runs)

    def _later(self, hours: OpenHours, due: int, by: int) -> int:
        return hours.first_open(hours.due_at(due, by))

    def _pushed(self, hours: OpenHours, due: int) -> int | None:
        """Return a time, as much later as was paused: before this leg and in it."""
        if self._carried:
            due = self._later(hours, due, self._carried)
        for begins, ends in self._runs:
            if begins > due:
                break
            if ends is None:
                return None
            if ends > self._at:
                paused = self._paused(hours, max(begins, self._at), ends)
                due = max(self._later(hours, due, paused), self._opened(hours, max(due, ends)))
        return due


class _Dates(_Days):
    """Calendar days: dates, whether anybody works on them or not."""

    def _first(self, hours: OpenHours) -> int | None:  # noqa: ARG002 - no hours are asked for
        return first_unpaused(self._at, self._runs)

    def _shown(self, hours: OpenHours, mark: int, count: int) -> int:
        local, at = hours.local, self._at
        reading = local.reading(mark)
        reading += max((local.reading(at) - reading) // DAY, 0) * DAY
        while local.instant(reading + DAY) <= at:
            reading += DAY
        return local.instant(reading + count * DAY)

    def _opened(self, hours: OpenHours, at: int) -> int:  # noqa: ARG002 - days count day and night
        return at

    def _paused(self, hours: OpenHours, since: int, until: int) -> int:
        local = hours.local
        return sum(
            local.reading(min(until, until if ends is None else ends))
            - local.reading(max(begins, since))
            for begins, ends in self._runs
            if begins < until and (ends is None or ends > since)
        )

    def _later(self, hours: OpenHours, due: int, by: int) -> int:
        return hours.local.instant(hours.local.reading(due) + by)

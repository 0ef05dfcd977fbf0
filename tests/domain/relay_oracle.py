"""Deadlines whose calendar goes with the owner, by looking at the wall clock every minute."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from slasync.domain.time.calendars import CalendarSpec, Offset, Pause, Unit
from tests.domain.minute_oracle import A_DAY, MinuteOracle

OracleLeg = tuple[MinuteOracle, datetime | None]


class RelayOracle:
    """Answers like a Relay: of each leg a calendar, and up to before when it counts."""

    def __init__(self, legs: Sequence[tuple[CalendarSpec, datetime | None]]) -> None:
        self._legs: list[OracleLeg] = [(MinuteOracle(spec), until) for spec, until in legs]

    def due(self, start: datetime, offset: Offset, pauses: Sequence[Pause] = ()) -> datetime | None:
        """Days know no pauses here."""
        start = start.astimezone(UTC)
        match offset.unit:
            case Unit.CALENDAR_DAYS:
                return self._dates(start, int(offset.amount))
            case Unit.BUSINESS_DAYS:
                return self._days(start, int(offset.amount))
            case Unit.BUSINESS_HOURS:
                return self._open_time(start, timedelta(hours=offset.amount), pauses)
            case Unit.BUSINESS_MINUTES:
                return self._open_time(start, timedelta(minutes=offset.amount), pauses)

    def open_between(
        self, begins: datetime, ends: datetime, pauses: Sequence[Pause] = ()
    ) -> timedelta:
        passed = timedelta()
        for at, until, counts in self._pieces(begins, pauses):
            if at >= ends:
                break
            passed += (min(until, ends) - at) * counts
        return passed

    def _pieces(
        self, at: datetime, pauses: Sequence[Pause]
    ) -> Iterator[tuple[datetime, datetime, bool]]:
        for oracle, until in self._legs:
            if until is not None and until <= at:
                continue
            for begins, ends, counts in oracle._pieces(at, pauses):  # noqa: SLF001 - one oracle
                if until is not None and ends >= until:
                    yield begins, until, counts
                    break
                yield begins, ends, counts
            else:
                return  # a pause lasts for ever
            if until is not None:
                at = until

    def _open_time(self, at: datetime, left: timedelta, pauses: Sequence[Pause]) -> datetime | None:
        for begins, ends, counts in self._pieces(at, pauses):
            if counts and (not left or left <= ends - begins):
                return begins + left
            left -= (ends - begins) * counts
        return None

    def _days(self, at: datetime, left: int) -> datetime:
        """A day is full when the wall clock shows its time of day, and somebody works then."""
        found = next((b, e) for b, e, counts in self._pieces(at, ()) if counts)
        mark = at = found[0]
        if not left:
            return mark
        for oracle, until in self._legs:
            if until is not None and until <= at:
                continue
            for shown in _shown_on_working_days(oracle, mark, at):
                if until is not None and shown > until:
                    break
                mark, left = shown, left - 1
                if not left:
                    return next(b for b, _, counts in self._pieces(shown, ()) if counts)
            at = until or at
        raise AssertionError("a deadline that never comes")

    def _dates(self, at: datetime, left: int) -> datetime:
        mark = at
        if not left:
            return mark
        for oracle, until in self._legs:
            if until is not None and until <= at:
                continue
            for shown in _shown_on_days(oracle, mark, at):
                if until is not None and shown > until:
                    break
                mark, left = shown, left - 1
                if not left:
                    return shown
            at = until or at
        raise AssertionError("a deadline that never comes")


def _shown_on_days(oracle: MinuteOracle, mark: datetime, after: datetime) -> Iterator[datetime]:
    """Yield when the wall clock shows the mark's time of day again, day by day."""
    wall = oracle._wall(mark)  # noqa: SLF001
    for day in range(1, 400):
        shown = oracle._shows(wall + day * A_DAY)  # noqa: SLF001
        if shown > after:
            yield shown


def _shown_on_working_days(
    oracle: MinuteOracle, mark: datetime, after: datetime
) -> Iterator[datetime]:
    """A mark within a shift past midnight belongs to the day on which that began."""
    minute = mark.replace(second=0, microsecond=0)
    day = oracle._day_of(minute) or oracle._wall(mark).date()  # noqa: SLF001
    time_of_day = oracle._wall(mark) - datetime(day.year, day.month, day.day, tzinfo=UTC)  # noqa: SLF001
    for further in range(400):
        on = day + further * A_DAY
        if not oracle._has_open_hours(on):  # noqa: SLF001
            continue
        shown = oracle._shows(datetime(on.year, on.month, on.day, tzinfo=UTC) + time_of_day)  # noqa: SLF001
        if shown > after:
            yield shown

"""How many deadlines in business minutes one calendar gives a second, once proved exact.

Value: `Calendar.due_many`, datetimes in and datetimes out; `due` runs the same core, one at a time.
Floor: a bare loop that does one bisection a deadline over as many windows, integers in and out.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product

from benchmarks.figures import Figure, best_of
from slasync.domain.time.calendars import Calendar, CalendarSpec, Interval, Offset, Unit
from tests.domain.minute_oracle import MinuteOracle

DEADLINES = 200_000
RUNS = 5
STEP = timedelta(seconds=131)  # spreads the starts over ten months

BREAKS = tuple(
    Interval.at(*times) for times in (("08:00", "12:00"), ("12:30", "15:00"), ("15:15", "18:00"))
)
WINDOWS = 3 * 5 * 52 * 3  # about as many as three years of BREAKS have
HOLIDAYS = {
    date(2026, 1, 1): "New Year's Day",
    date(2026, 4, 3): "Good Friday",
    date(2026, 4, 6): "Easter Monday",
    date(2026, 5, 1): "Labour Day",
    date(2026, 5, 14): "Ascension Day",
    date(2026, 5, 25): "Whit Monday",
    date(2026, 10, 3): "Unity Day",
    date(2026, 12, 25): "Christmas Day",
    date(2026, 12, 26): "Second Day of Christmas",
}
CHANGES = (  # zone, date, minute of the wall clock at which the gap or the fold begins
    ("Europe/Berlin", date(2026, 3, 29), 120),
    ("Europe/Berlin", date(2026, 10, 25), 120),
    ("America/New_York", date(2026, 3, 8), 120),
    ("America/New_York", date(2026, 11, 1), 60),
    ("Africa/Cairo", date(2026, 4, 24), 0),
    ("Africa/Cairo", date(2026, 10, 29), 1380),
    ("Australia/Lord_Howe", date(2026, 10, 4), 120),
    ("Australia/Lord_Howe", date(2026, 4, 5), 90),
    ("Asia/Beirut", date(2026, 3, 29), 0),
    ("Asia/Beirut", date(2026, 10, 24), 1380),
)
OFFSETS = (
    Offset(0, Unit.BUSINESS_MINUTES),
    Offset(30.5, Unit.BUSINESS_MINUTES),
    Offset(480, Unit.BUSINESS_MINUTES),
    Offset(2, Unit.BUSINESS_HOURS),
    Offset(1, Unit.BUSINESS_DAYS),
    Offset(1, Unit.CALENDAR_DAYS),
)
STARTS = tuple(timedelta(hours=11 * n - 40, seconds=1_000 * n, microseconds=n) for n in range(8))


def measure() -> Iterator[Figure]:
    """Yield deadlines a second, after every case agreed with the oracle."""
    prove_exact()
    calendar = Calendar(_spec("Europe/Berlin", dict.fromkeys(range(5), BREAKS)))
    starts = [datetime(2026, 1, 1, tzinfo=UTC) + STEP * n for n in range(DEADLINES)]
    offset = Offset(240, Unit.BUSINESS_MINUTES)
    value = DEADLINES / best_of(RUNS, lambda: calendar.due_many(starts, offset))
    floor = DEADLINES / best_of(RUNS, _bare_loop(calendar, starts))
    yield Figure("deadlines", value, "deadlines/s", floor, value / floor)


def prove_exact() -> int:
    """Compare with the oracle around every change of clocks; return the number of cases."""
    cases = 0
    for zone, day, minute in CHANGES:
        for week in _weeks(day, minute):
            spec = _spec(zone, week)
            calendar, oracle = Calendar(spec), MinuteOracle(spec)
            for offset, after in product(OFFSETS, STARTS):
                start = _midnight(day) + after
                if calendar.due(start, offset) != oracle.due(start, offset):
                    raise AssertionError(f"not exact: {spec}, {start}, {offset}")
                cases += 1
    return cases


def _weeks(day: date, minute: int) -> Iterator[dict[int, tuple[Interval, ...]]]:
    """Yield weeks whose edges lie in the gap or the fold, around it, and past midnight."""
    around, eve = day.weekday(), (day.weekday() - 1) % 7
    office = dict.fromkeys(range(5), BREAKS)
    yield office
    yield dict.fromkeys(range(7), (Interval(0, 1440),))
    yield dict.fromkeys(range(7), (Interval(1320, 1800),))
    yield office | {around: (Interval(minute + 15, minute + 300),)}
    yield office | {around: (Interval(max(minute - 60, 0), minute + 20),)}
    yield office | {around: (Interval(minute, minute + 30), Interval(minute + 45, minute + 60))}
    yield office | {eve: (Interval(1200, 1440 + minute % 1200 + 20),)}


def _spec(zone: str, week: dict[int, tuple[Interval, ...]]) -> CalendarSpec:
    return CalendarSpec(
        name=zone,
        zone=zone,
        week=week,
        holidays=HOLIDAYS,
        overrides={date(2026, 12, 24): (Interval.at("08:00", "12:00"),)},
        first=date(2025, 1, 1),
        last=date(2027, 12, 31),
    )


def _bare_loop(calendar: Calendar, starts: list[datetime]) -> Callable[[], object]:
    spec = calendar.spec
    first, last = (round(_midnight(day).timestamp()) for day in (spec.first, spec.last))
    windows = list(range(first, last, (last - first) // WINDOWS))
    instants = [int(start.timestamp()) for start in starts]
    return lambda: [bisect_right(windows, instant) for instant in instants]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
